hash_record_extended(ROW(
  t.full_name,
  t.owner,
  t.name,
  t.description, --? repositories.description
  t.homepage, --? repositories.homepage
  t.language, --? repositories.language
  t.stargazers_count, --? repositories.stargazers_count
  t.watchers_count, --? repositories.watchers_count
  t.forks_count, --? repositories.forks_count
  t.open_issues_count, --? repositories.open_issues_count
  t.size, --? repositories.size
  t.default_branch, --? repositories.default_branch
  t.is_fork, --? repositories.is_fork
  t.is_archived, --? repositories.is_archived
  t.is_disabled, --? repositories.is_disabled
  t.is_private, --? repositories.is_private
  t.is_template, --? repositories.is_template
  t.has_issues, --? repositories.has_issues
  t.has_projects, --? repositories.has_projects
  t.has_wiki, --? repositories.has_wiki
  t.has_discussions, --? repositories.has_discussions
  t.license, --? repositories.license
  t.topics, --? repositories.topics
  t.avatar_url, --? repositories.avatar_url
  t.github_created_at, --? repositories.github_created_at
  t.github_pushed_at, --? repositories.github_pushed_at
  t.github_updated_at,
  t.github_id), 0)
