-- Which columns the database had: a hash over other columns says nothing.
(0
  + 1 --? issues.number
  + 2 --? issues.title
  + 4 --? issues.body
  + 8 --? issues.state
  + 16 --? issues.repository_id
  + 32 --? issues.author_id
  + 64 --? issues.created_at
  + 128 --? issues.updated_at
  + 256 --? issues.closed_at
  + 512 --? issues.labels
  + 1024 --? issues.assignees
  + 2048 --? issues.milestone
  + 4096 --? issues.comments_count
  + 8192 --? issues.is_pull_request
  )
