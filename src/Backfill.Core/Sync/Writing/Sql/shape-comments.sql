-- Which columns the database had: a hash over other columns says nothing.
(0
  + 1 --? comments.repository_id
  + 2 --? comments.pull_request_id
  + 4 --? comments.issue_id
  + 8 --? comments.commenter_id
  + 16 --? comments.body
  + 32 --? comments.created_at
  + 64 --? comments.updated_at
  + 128 --? comments.comment_type
  + 256 --? comments.in_reply_to_id
  + 512 --? comments.position
  + 1024 --? comments.original_position
  + 2048 --? comments.diff_hunk
  + 4096 --? comments.path
  + 8192 --? comments.original_commit_id
  + 16384 --? comments.commit_id
  )
