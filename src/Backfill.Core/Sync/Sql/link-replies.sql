-- Replies and the comments that they answer, whichever of the two came first. LIMIT 1 and IS TRUE keep each
-- look-up in the index of its ids: that of the repositories would be read whole for every comment.
UPDATE comments c
   SET in_reply_to_id = x.parent_id
  FROM (
    SELECT reply.id, parent.id AS parent_id
      FROM unnest(@github_id, @reply_to) AS x(github_id, reply_to)
     CROSS JOIN LATERAL (SELECT id, in_reply_to_id
                           FROM comments
                          WHERE github_id IN (x.github_id, -x.github_id) AND comment_type = 'review_comment' AND (repository_id = @repository_id) IS TRUE
                          LIMIT 1) reply
     CROSS JOIN LATERAL (SELECT id
                           FROM comments
                          WHERE github_id IN (x.reply_to, -x.reply_to) AND comment_type = 'review_comment' AND (repository_id = @repository_id) IS TRUE
                          LIMIT 1) parent
     WHERE reply.in_reply_to_id IS DISTINCT FROM parent.id) x
 WHERE c.id = x.id
