-- As text: an empty object and an empty array have the same hash as NULL.
hash_record_extended(ROW(
  t.number,
  t.title,
  t.body,
  t.state,
  t.repository_id,
  t.author_id,
  t.head_branch,
  t.base_branch,
  t.created_at,
  t.updated_at,
  t.repository_full_name,
  t.merged,
  t.merged_at,
  t.closed_at,
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
