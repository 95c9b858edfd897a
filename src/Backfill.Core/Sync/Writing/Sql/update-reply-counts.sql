-- GitHub's counts of the replies under stored comments, where another count is stored.
WITH counted AS (
  UPDATE discussion_comments t
     SET reply_count = x.replies
    FROM unnest(@id, @replies) AS x(id, replies)
   WHERE t.id = x.id
     AND t.reply_count IS DISTINCT FROM x.replies
  RETURNING t.id, t.github_id,
    --? include Sync/Writing/Sql/digest-discussion-comments
    AS digest
)
-- The hash follows where the row was as the tool had written it: t is the row as it was before this statement.
UPDATE backfill.row_proof p
   SET digest = w.digest
  FROM counted w
 CROSS JOIN LATERAL (SELECT * FROM discussion_comments WHERE id = w.id LIMIT 1) t
 WHERE p.github_id = w.github_id
   AND p.entity = 'm'
   AND p.digest =
   --? include Sync/Writing/Sql/digest-discussion-comments
