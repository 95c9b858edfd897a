hash_record_extended(ROW(
  t.id, --? discussion_comments.id
  t.discussion_id, --? discussion_comments.discussion_id
  t.discussion_number, --? discussion_comments.discussion_number
  t.parent_comment_id, --? discussion_comments.parent_comment_id
  t.author_id, --? discussion_comments.author_id
  t.author_login, --? discussion_comments.author_login
  t.body, --? discussion_comments.body
  t.created_at, --? discussion_comments.created_at
  t.updated_at, --? discussion_comments.updated_at
  t.is_answer, --? discussion_comments.is_answer
  t.upvote_count, --? discussion_comments.upvote_count
  t.reply_count, --? discussion_comments.reply_count
  t.github_id), 0)
