-- Replies and the comments that they answer, whichever of the two came first.
UPDATE comments c
   SET in_reply_to_id = parent.id
  FROM unnest(@github_id, @reply_to) AS x(github_id, reply_to)
  JOIN comments parent ON parent.github_id IN (x.reply_to, -x.reply_to) AND parent.comment_type = 'review_comment'
 WHERE c.github_id IN (x.github_id, -x.github_id)
   AND c.comment_type = 'review_comment'
   AND c.repository_id = @repository_id
   AND parent.repository_id = @repository_id
   AND c.in_reply_to_id IS DISTINCT FROM parent.id
