-- A row that another writer stored under a wrong id: the repository and the number say which pull request it is.
UPDATE pull_requests t
   SET github_id = x.github_id
  FROM unnest(@github_id, @number) AS x(github_id, number)
 WHERE t.repository_id = @repository_id
   AND t.number = x.number
   AND t.github_id <> x.github_id
   AND NOT EXISTS (SELECT FROM pull_requests o WHERE o.github_id = x.github_id)
