-- Rows that another writer stored under another node id: the repository and the number say which discussion it is. Its
-- comments follow in the same statement, at whose end the key between them is checked.
WITH given AS (
  SELECT * FROM unnest(@id, @github_id, @number) AS x(id, github_id, number)
), adopted AS (
  UPDATE discussions t
     SET id = CASE WHEN o.id IS NULL THEN x.id ELSE t.id END,
         github_id = CASE WHEN o.id IS NULL THEN x.github_id ELSE -t.github_id END,
         number = CASE WHEN o.id IS NULL THEN t.number ELSE -t.number END
    FROM given x
    LEFT JOIN discussions o ON o.id = x.id
   WHERE t.repository_id = @repository_id
     AND t.number = x.number
     AND t.id <> x.id
  RETURNING 1
--? begin discussion_comments
), followed AS (
  UPDATE discussion_comments c
     SET discussion_id = x.id
    FROM given x
    JOIN discussions old ON old.repository_id = @repository_id AND old.number = x.number AND old.id <> x.id
   WHERE c.discussion_id = old.id
--? end
)
SELECT 0::bigint, 0::bigint, count(*) FROM adopted
