-- Which of these pull requests and issues are stored.
SELECT number, github_id
  FROM pull_requests
 WHERE repository_id = @repository_id
   AND number = ANY (@pull_numbers)
UNION ALL
SELECT number, github_id
  FROM issues
 WHERE repository_id = @repository_id
   AND number = ANY (@issue_numbers)
   AND cardinality(@issue_numbers) > 0
