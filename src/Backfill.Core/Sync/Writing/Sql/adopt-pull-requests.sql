-- A row that another writer stored under a wrong id: the repository and the number say which pull request it is. Where the
-- right row is there as well, the wrong one gives its number up, so that the page can be stored; nothing is deleted.
WITH adopted AS (
  UPDATE pull_requests t
     SET github_id = CASE WHEN o.id IS NULL THEN x.github_id ELSE t.github_id END,
         number = CASE WHEN o.id IS NULL THEN t.number ELSE -t.number END
    FROM unnest(@github_id, @number) AS x(github_id, number)
    LEFT JOIN pull_requests o ON o.github_id = x.github_id
   WHERE t.repository_id = @repository_id
     AND t.number = x.number
     AND t.github_id <> x.github_id
  RETURNING 1
)
SELECT 0::bigint, 0::bigint, count(*) FROM adopted
