-- Which columns the database had: a hash over other columns says nothing.
(0
  + 1 --? repositories.full_name
  + 2 --? repositories.owner
  + 4 --? repositories.name
  + 8 --? repositories.description
  + 16 --? repositories.homepage
  + 32 --? repositories.language
  + 64 --? repositories.stargazers_count
  + 128 --? repositories.watchers_count
  + 256 --? repositories.forks_count
  + 512 --? repositories.open_issues_count
  + 1024 --? repositories.size
  + 2048 --? repositories.default_branch
  + 4096 --? repositories.is_fork
  + 8192 --? repositories.is_archived
  + 16384 --? repositories.is_disabled
  + 32768 --? repositories.is_private
  + 65536 --? repositories.is_template
  + 131072 --? repositories.has_issues
  + 262144 --? repositories.has_projects
  + 524288 --? repositories.has_wiki
  + 1048576 --? repositories.has_discussions
  + 2097152 --? repositories.license
  + 4194304 --? repositories.topics
  + 8388608 --? repositories.avatar_url
  + 16777216 --? repositories.github_created_at
  + 33554432 --? repositories.github_pushed_at
  + 67108864 --? repositories.github_updated_at
  )
