-- GitHub's counts of the replies under stored comments, where another count is stored.
UPDATE discussion_comments m
   SET reply_count = x.replies
  FROM unnest(@id, @replies) AS x(id, replies)
 WHERE m.id = x.id
   AND m.reply_count IS DISTINCT FROM x.replies
