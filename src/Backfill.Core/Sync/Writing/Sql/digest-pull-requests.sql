-- As text: an empty object and an empty array have the same hash as NULL.
hash_record_extended(ROW(
  t.number, --? pull_requests.number
  t.title, --? pull_requests.title
  t.body, --? pull_requests.body
  t.state, --? pull_requests.state
  t.repository_id, --? pull_requests.repository_id
  t.author_id, --? pull_requests.author_id
  t.head_branch, --? pull_requests.head_branch
  t.base_branch, --? pull_requests.base_branch
  t.created_at, --? pull_requests.created_at
  t.updated_at, --? pull_requests.updated_at
  t.repository_full_name, --? pull_requests.repository_full_name
  t.merged, --? pull_requests.merged
  t.merged_at, --? pull_requests.merged_at
  t.closed_at, --? pull_requests.closed_at
  t.assignee_id, --? pull_requests.assignee_id
  t.merged_by_id, --? pull_requests.merged_by_id
  t.draft, --? pull_requests.draft
  t.mergeable, --? pull_requests.mergeable
  t.additions, --? pull_requests.additions
  t.deletions, --? pull_requests.deletions
  t.changed_files, --? pull_requests.changed_files
  t.commits, --? pull_requests.commits
  t.html_url, --? pull_requests.html_url
  t.labels::jsonb::text, --? pull_requests.labels
  t.author_login, --? pull_requests.author_login
  t.author_github_id, --? pull_requests.author_github_id
  t.repository_github_id, --? pull_requests.repository_github_id
  t.github_id), 0)
