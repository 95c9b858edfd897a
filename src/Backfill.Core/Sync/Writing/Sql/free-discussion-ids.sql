-- Discussions that another writer stored with their number as their id, where that is the id of one of the page: they keep
-- it as a negative number until their own repository is read.
WITH freed AS (
  UPDATE discussions t
     SET github_id = -t.github_id
    FROM unnest(@id, @github_id, @number) AS x(id, github_id, number)
   WHERE t.github_id = x.github_id
     AND t.id <> x.id
     AND (t.repository_id IS DISTINCT FROM @repository_id OR t.number <> x.number)
  RETURNING 1
)
SELECT 0::bigint, 0::bigint, count(*) FROM freed
