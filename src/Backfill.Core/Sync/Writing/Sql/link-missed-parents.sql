-- Replies whose parent came later than they did. See link-replies.sql for LIMIT 1, IS TRUE and ORDER BY.
WITH linked AS (
  UPDATE comments t
     SET in_reply_to_id = x.parent_id
    FROM (
      SELECT reply.id, parent.id AS parent_id
        FROM backfill.sync_gap g
       CROSS JOIN LATERAL (SELECT id
                             FROM pull_requests
                            WHERE repository_id = g.repository_id AND number = g.parent_number
                            LIMIT 1) p
       CROSS JOIN LATERAL (SELECT id
                             FROM comments
                            WHERE github_id IN (g.parent::bigint, -g.parent::bigint)
                              AND (comment_type = 'review_comment') IS TRUE
                              AND (repository_id = g.repository_id) IS TRUE
                            ORDER BY pull_request_id IS DISTINCT FROM p.id
                            LIMIT 1) reply
       CROSS JOIN LATERAL (SELECT id
                             FROM comments
                            WHERE github_id IN (g.cursor::bigint, -g.cursor::bigint)
                              AND (comment_type = 'review_comment') IS TRUE
                              AND (repository_id = g.repository_id) IS TRUE
                            ORDER BY pull_request_id IS DISTINCT FROM p.id
                            LIMIT 1) parent
       WHERE g.repository_id = @repository_id
         AND g.entity = 'ReplyLinks') x
   WHERE t.id = x.id
  RETURNING t.id, t.github_id,
    --? include Sync/Writing/Sql/digest-comments
    AS digest
), proven AS (
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
)
DELETE FROM backfill.sync_gap g
 USING linked
 WHERE g.repository_id = @repository_id
   AND g.entity = 'ReplyLinks'
   AND g.parent = abs(linked.github_id)::text
