-- Rows of the repository that no honest copy has.
SELECT (SELECT count(*) FROM pull_requests WHERE repository_id = @repository_id AND author_id IS NULL) AS null_pull_authors,
       (SELECT count(*) FROM issues WHERE repository_id = @repository_id AND author_id IS NULL) AS null_issue_authors,
       (SELECT count(*) FROM comments WHERE repository_id = @repository_id AND commenter_id IS NULL) AS null_commenters,
       (SELECT count(*)
          FROM (SELECT author_id FROM pull_requests WHERE repository_id = @repository_id
                UNION SELECT author_id FROM issues WHERE repository_id = @repository_id
                UNION SELECT author_id FROM reviews WHERE repository_id = @repository_id
                UNION SELECT commenter_id FROM comments WHERE repository_id = @repository_id) people
         WHERE author_id IS NOT NULL
           AND NOT EXISTS (SELECT FROM contributors c WHERE c.id = people.author_id)) AS orphans,
       (SELECT coalesce(sum(n - 1), 0)::bigint
          FROM (SELECT count(*) AS n FROM pull_requests WHERE repository_id = @repository_id GROUP BY number HAVING count(*) > 1
                UNION ALL
                SELECT count(*) FROM issues WHERE repository_id = @repository_id GROUP BY number HAVING count(*) > 1
                UNION ALL
                -- Issues and pull requests share their numbers.
                SELECT 2 FROM issues i JOIN pull_requests p USING (repository_id, number)
                 WHERE repository_id = @repository_id) twice) AS duplicates,
       (SELECT count(*) FROM pull_requests
         WHERE repository_id = @repository_id
           AND ((state = 'merged') <> (merged_at IS NOT NULL)
                OR (state = 'open') <> (closed_at IS NULL)
                OR closed_at < created_at OR merged_at < created_at OR updated_at < created_at))
       + (SELECT count(*) FROM issues
           WHERE repository_id = @repository_id
             AND ((state = 'open') <> (closed_at IS NULL) OR closed_at < created_at OR updated_at < created_at)) AS impossible
