hash_record_extended(ROW(
  t.display_name, --? contributors.display_name
  t.company, --? contributors.company
  t.location, --? contributors.location
  t.bio, --? contributors.bio
  t.blog, --? contributors.blog
  t.public_repos, --? contributors.public_repos
  t.public_gists, --? contributors.public_gists
  t.followers, --? contributors.followers
  t.following, --? contributors.following
  t.github_created_at, --? contributors.github_created_at
  t.github_id), 0)
