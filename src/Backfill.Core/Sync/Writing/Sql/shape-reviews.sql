-- Which columns the database had: a hash over other columns says nothing.
(0
  + 1 --? reviews.pull_request_id
  + 2 --? reviews.repository_id
  + 4 --? reviews.author_id
  + 8 --? reviews.state
  + 16 --? reviews.body
  + 32 --? reviews.submitted_at
  + 64 --? reviews.reviewer_id
  + 128 --? reviews.commit_id
  )
