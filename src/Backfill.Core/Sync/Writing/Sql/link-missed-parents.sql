-- Replies whose parent came later than they did. See link-replies.sql for LIMIT 1, IS TRUE and ORDER BY.
WITH linked AS (
  UPDATE comments c
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
   WHERE c.id = x.id
  RETURNING abs(c.github_id)::text AS parent
)
DELETE FROM backfill.sync_gap g
 USING linked
 WHERE g.repository_id = @repository_id
   AND g.entity = 'ReplyLinks'
   AND g.parent = linked.parent
