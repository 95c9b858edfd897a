hash_record_extended(ROW(
  t.pull_request_id, --? reviews.pull_request_id
  t.repository_id, --? reviews.repository_id
  t.author_id, --? reviews.author_id
  t.state, --? reviews.state
  t.body, --? reviews.body
  t.submitted_at, --? reviews.submitted_at
  t.reviewer_id, --? reviews.reviewer_id
  t.commit_id, --? reviews.commit_id
  t.github_id), 0)
