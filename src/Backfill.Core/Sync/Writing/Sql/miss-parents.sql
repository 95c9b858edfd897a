-- Replies of a page whose parent is not stored: lists are ordered by update, and a parent may be updated later.
-- See link-replies.sql for LIMIT 1, IS TRUE and ORDER BY.
INSERT INTO backfill.sync_gap (repository_id, entity, parent, parent_number, cursor, cause)
SELECT @repository_id, 'ReplyLinks', x.github_id::text, x.pull_number, x.reply_to::text, 'its parent is not stored'
  FROM unnest(@github_id, @created_at, @pull_number, @reply_to) AS x(github_id, created_at, pull_number, reply_to)
 CROSS JOIN LATERAL (SELECT in_reply_to_id
                       FROM comments
                      WHERE github_id IN (x.github_id, -x.github_id)
                        AND (comment_type = 'review_comment') IS TRUE
                        AND (repository_id = @repository_id) IS TRUE
                      ORDER BY created_at <> x.created_at
                      LIMIT 1) c
 WHERE x.reply_to IS NOT NULL
   AND c.in_reply_to_id IS NULL
ON CONFLICT (repository_id, entity, parent) DO NOTHING
