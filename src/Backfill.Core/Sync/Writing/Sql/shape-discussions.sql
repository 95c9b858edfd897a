-- Which columns the database had: a hash over other columns says nothing.
(0
  + 1 --? discussions.id
  + 2 --? discussions.repository_id
  + 4 --? discussions.number
  + 8 --? discussions.title
  + 16 --? discussions.body
  + 32 --? discussions.category_id
  + 64 --? discussions.category_name
  + 128 --? discussions.category_description
  + 256 --? discussions.category_emoji
  + 512 --? discussions.author_id
  + 1024 --? discussions.author_login
  + 2048 --? discussions.created_at
  + 4096 --? discussions.updated_at
  + 8192 --? discussions.is_answered
  + 16384 --? discussions.answer_id
  + 32768 --? discussions.answer_chosen_at
  + 65536 --? discussions.answer_chosen_by
  + 131072 --? discussions.upvote_count
  + 262144 --? discussions.comment_count
  + 524288 --? discussions.locked
  + 1048576 --? discussions.url
  )
