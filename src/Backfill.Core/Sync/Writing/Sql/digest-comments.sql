hash_record_extended(ROW(
  t.repository_id, --? comments.repository_id
  t.pull_request_id, --? comments.pull_request_id
  t.issue_id, --? comments.issue_id
  t.commenter_id, --? comments.commenter_id
  t.body, --? comments.body
  t.created_at, --? comments.created_at
  t.updated_at, --? comments.updated_at
  t.comment_type, --? comments.comment_type
  t.in_reply_to_id, --? comments.in_reply_to_id
  t.position, --? comments.position
  t.original_position, --? comments.original_position
  t.diff_hunk, --? comments.diff_hunk
  t.path, --? comments.path
  t.original_commit_id, --? comments.original_commit_id
  t.commit_id, --? comments.commit_id
  t.github_id), 0)
