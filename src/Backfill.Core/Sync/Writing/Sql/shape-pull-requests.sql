-- Which columns the database had: a hash over other columns says nothing.
(0
  + 1 --? pull_requests.number
  + 2 --? pull_requests.title
  + 4 --? pull_requests.body
  + 8 --? pull_requests.state
  + 16 --? pull_requests.repository_id
  + 32 --? pull_requests.author_id
  + 64 --? pull_requests.head_branch
  + 128 --? pull_requests.base_branch
  + 256 --? pull_requests.created_at
  + 512 --? pull_requests.updated_at
  + 1024 --? pull_requests.repository_full_name
  + 2048 --? pull_requests.merged
  + 4096 --? pull_requests.merged_at
  + 8192 --? pull_requests.closed_at
  + 16384 --? pull_requests.assignee_id
  + 32768 --? pull_requests.merged_by_id
  + 65536 --? pull_requests.draft
  + 131072 --? pull_requests.mergeable
  + 262144 --? pull_requests.additions
  + 524288 --? pull_requests.deletions
  + 1048576 --? pull_requests.changed_files
  + 2097152 --? pull_requests.commits
  + 4194304 --? pull_requests.html_url
  + 8388608 --? pull_requests.labels
  + 16777216 --? pull_requests.author_login
  + 33554432 --? pull_requests.author_github_id
  + 67108864 --? pull_requests.repository_github_id
  )
