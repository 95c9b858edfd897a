-- Which columns the database had: a hash over other columns says nothing.
(0
  + 1 --? discussion_comments.id
  + 2 --? discussion_comments.discussion_id
  + 4 --? discussion_comments.discussion_number
  + 8 --? discussion_comments.parent_comment_id
  + 16 --? discussion_comments.author_id
  + 32 --? discussion_comments.author_login
  + 64 --? discussion_comments.body
  + 128 --? discussion_comments.created_at
  + 256 --? discussion_comments.updated_at
  + 512 --? discussion_comments.is_answer
  + 1024 --? discussion_comments.upvote_count
  + 2048 --? discussion_comments.reply_count
  )
