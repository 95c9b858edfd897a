hash_record_extended(ROW(
  t.id, --? discussions.id
  t.repository_id, --? discussions.repository_id
  t.number, --? discussions.number
  t.title, --? discussions.title
  t.body, --? discussions.body
  t.category_id, --? discussions.category_id
  t.category_name, --? discussions.category_name
  t.category_description, --? discussions.category_description
  t.category_emoji, --? discussions.category_emoji
  t.author_id, --? discussions.author_id
  t.author_login, --? discussions.author_login
  t.created_at, --? discussions.created_at
  t.updated_at, --? discussions.updated_at
  t.is_answered, --? discussions.is_answered
  t.answer_id, --? discussions.answer_id
  t.answer_chosen_at, --? discussions.answer_chosen_at
  t.answer_chosen_by, --? discussions.answer_chosen_by
  t.upvote_count, --? discussions.upvote_count
  t.comment_count, --? discussions.comment_count
  t.locked, --? discussions.locked
  t.url, --? discussions.url
  t.github_id), 0)
