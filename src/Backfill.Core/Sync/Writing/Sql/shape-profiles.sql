-- Which columns the database had: a hash over other columns says nothing.
(0
  + 1 --? contributors.display_name
  + 2 --? contributors.company
  + 4 --? contributors.location
  + 8 --? contributors.bio
  + 16 --? contributors.blog
  + 32 --? contributors.public_repos
  + 64 --? contributors.public_gists
  + 128 --? contributors.followers
  + 256 --? contributors.following
  + 512 --? contributors.github_created_at
  )
