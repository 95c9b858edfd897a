-- Issues that were read without their comments, once these are counted.
WITH counted AS (
  UPDATE issues t
     SET comments_count = c.comments
    FROM backfill.child_count c
   WHERE t.repository_id = @repository_id
     AND t.comments_count IS DISTINCT FROM c.comments
     AND c.repository_id = t.repository_id
     AND c.parent_type = 'issue'
     AND c.parent_number = t.number
     AND c.comments IS NOT NULL
  RETURNING t.id, t.github_id,
    --? include Sync/Writing/Sql/digest-issues
    AS digest
)
-- The hash follows where the row was as the tool had written it: t is the row as it was before this statement.
UPDATE backfill.row_proof p
   SET digest = w.digest
  FROM counted w
 CROSS JOIN LATERAL (SELECT * FROM issues WHERE id = w.id LIMIT 1) t
 WHERE p.github_id = w.github_id
   AND p.entity = 'i'
   AND p.digest =
   --? include Sync/Writing/Sql/digest-issues
