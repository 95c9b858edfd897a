-- Replies and the comments that they answer, whichever of the two came first. LIMIT 1 and IS TRUE keep each look-up in the
-- index of its ids: an application's index on the repository or on the kind would be read whole for every comment, where its
-- statistics are of other repositories. A number can stand for two rows: ORDER BY takes the one of this time, or of this pull
-- request, before another comment whose kind another writer changed.
WITH linked AS (
UPDATE comments t
   SET in_reply_to_id = x.parent_id
  FROM (
    SELECT reply.id, parent.id AS parent_id
      FROM unnest(@github_id, @created_at, @reply_to) AS x(github_id, created_at, reply_to)
     CROSS JOIN LATERAL (SELECT id, pull_request_id, in_reply_to_id
                           FROM comments
                          WHERE github_id IN (x.github_id, -x.github_id)
                            AND (comment_type = 'review_comment') IS TRUE
                            AND (repository_id = @repository_id) IS TRUE
                          ORDER BY created_at <> x.created_at
                          LIMIT 1) reply
     CROSS JOIN LATERAL (SELECT id
                           FROM comments
                          WHERE github_id IN (x.reply_to, -x.reply_to)
                            AND (comment_type = 'review_comment') IS TRUE
                            AND (repository_id = @repository_id) IS TRUE
                          ORDER BY pull_request_id IS DISTINCT FROM reply.pull_request_id
                          LIMIT 1) parent
     WHERE reply.in_reply_to_id IS DISTINCT FROM parent.id) x
 WHERE t.id = x.id
RETURNING t.id, t.github_id,
  --? include Sync/Writing/Sql/digest-comments
  AS digest
)
-- The hash follows where the row was as the tool had written it: t is the row as it was before this statement.
UPDATE backfill.row_proof p
   SET digest = w.digest
  FROM linked w
 CROSS JOIN LATERAL (SELECT * FROM comments WHERE id = w.id LIMIT 1) t
 WHERE p.github_id = w.github_id
   AND p.entity
   --? include Sync/Writing/Sql/proof-of-comments
   AND p.digest =
   --? include Sync/Writing/Sql/digest-comments
