hash_record_extended(ROW(
  t.id,
  t.discussion_id,
  t.discussion_number,
  t.parent_comment_id,
  t.author_id,
  t.author_login,
  t.body,
  t.created_at,
  t.updated_at,
  t.is_answer, --? discussion_comments.is_answer
  t.upvote_count, --? discussion_comments.upvote_count
  t.reply_count,
  t.github_id), 0)
