-- Which columns the database had: a hash over other columns says nothing.
(0
  + 1 --? contributors.username
  + 2 --? contributors.avatar_url
  + 4 --? contributors.profile_url
  + 8 --? contributors.is_bot
  )
