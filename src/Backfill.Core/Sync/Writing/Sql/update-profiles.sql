-- A profile never loses what another writer knew.
UPDATE contributors t
   SET
       display_name = coalesce(x.display_name, t.display_name), --? contributors.display_name
       company = coalesce(x.company, t.company), --? contributors.company
       location = coalesce(x.location, t.location), --? contributors.location
       bio = coalesce(x.bio, t.bio), --? contributors.bio
       blog = coalesce(x.blog, t.blog), --? contributors.blog
       public_repos = coalesce(x.public_repos, t.public_repos), --? contributors.public_repos
       public_gists = coalesce(x.public_gists, t.public_gists), --? contributors.public_gists
       followers = coalesce(x.followers, t.followers), --? contributors.followers
       following = coalesce(x.following, t.following), --? contributors.following
       github_created_at = coalesce(x.github_created_at, t.github_created_at), --? contributors.github_created_at
       avatar_url = coalesce(x.avatar_url, t.avatar_url), --? contributors.avatar_url
       github_id = t.github_id
  FROM unnest(@github_id, @display_name, @company, @location, @bio, @blog, @avatar_url, @public_repos, @public_gists,
              @followers, @following, @github_created_at)
       AS x(github_id, display_name, company, location, bio, blog, avatar_url, public_repos, public_gists,
            followers, following, github_created_at)
 WHERE t.github_id = x.github_id
