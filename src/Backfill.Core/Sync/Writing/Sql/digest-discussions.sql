hash_record_extended(ROW(
  t.id,
  t.repository_id,
  t.number,
  t.title,
  t.body,
  t.category_id, --? discussions.category_id
  t.category_name, --? discussions.category_name
  t.category_description, --? discussions.category_description
  t.category_emoji, --? discussions.category_emoji
  t.author_id,
  t.author_login,
  t.created_at,
  t.updated_at,
  t.is_answered, --? discussions.is_answered
  t.answer_id, --? discussions.answer_id
  t.answer_chosen_at, --? discussions.answer_chosen_at
  t.answer_chosen_by, --? discussions.answer_chosen_by
  t.upvote_count, --? discussions.upvote_count
  t.comment_count, --? discussions.comment_count
  t.locked, --? discussions.locked
  t.url,
  t.github_id), 0)
