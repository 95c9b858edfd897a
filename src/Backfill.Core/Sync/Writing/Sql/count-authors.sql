-- The number of people who wrote something in the repository.
SELECT count(*)
  FROM (SELECT author_id FROM pull_requests WHERE repository_id = @repository_id
        UNION SELECT author_id FROM issues WHERE repository_id = @repository_id
        UNION SELECT author_id FROM reviews WHERE repository_id = @repository_id
        UNION SELECT commenter_id FROM comments WHERE repository_id = @repository_id) people
 WHERE author_id IS NOT NULL
