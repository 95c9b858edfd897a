-- Replies whose parent came later than they did. See link-replies.sql for IS TRUE.
WITH linked AS (
  UPDATE comments c
     SET in_reply_to_id = parent.id
    FROM backfill.sync_gap g
    JOIN comments parent ON parent.github_id IN (g.cursor::bigint, -g.cursor::bigint) AND parent.comment_type = 'review_comment'
                        AND (parent.repository_id = g.repository_id) IS TRUE
   WHERE g.repository_id = @repository_id
     AND g.entity = 'ReplyLinks'
     AND c.github_id IN (g.parent::bigint, -g.parent::bigint)
     AND c.comment_type = 'review_comment'
     AND (c.repository_id = g.repository_id) IS TRUE
  RETURNING abs(c.github_id)::text AS parent
)
DELETE FROM backfill.sync_gap g
 USING linked
 WHERE g.repository_id = @repository_id
   AND g.entity = 'ReplyLinks'
   AND g.parent = linked.parent
