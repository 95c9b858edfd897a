hash_record_extended(ROW(
  t.username, --? contributors.username
  t.avatar_url, --? contributors.avatar_url
  t.profile_url, --? contributors.profile_url
  t.is_bot, --? contributors.is_bot
  t.github_id), 0)
