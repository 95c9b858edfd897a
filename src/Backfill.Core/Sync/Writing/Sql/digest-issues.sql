-- As text: an empty object and an empty array have the same hash as NULL.
hash_record_extended(ROW(
  t.number, --? issues.number
  t.title, --? issues.title
  t.body, --? issues.body
  t.state, --? issues.state
  t.repository_id, --? issues.repository_id
  t.author_id, --? issues.author_id
  t.created_at, --? issues.created_at
  t.updated_at, --? issues.updated_at
  t.closed_at, --? issues.closed_at
  t.labels::jsonb::text, --? issues.labels
  t.assignees::jsonb::text, --? issues.assignees
  t.milestone::jsonb::text, --? issues.milestone
  t.comments_count, --? issues.comments_count
  t.is_pull_request, --? issues.is_pull_request
  t.github_id), 0)
