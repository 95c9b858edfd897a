hash_record_extended(ROW(
  t.pull_request_id,
  t.repository_id,
  t.author_id,
  t.state,
  t.body,
  t.submitted_at,
  t.reviewer_id, --? reviews.reviewer_id
  t.commit_id,
  t.github_id), 0)
