-- A login that moved to another account: whoever held it before steps aside, so that the upsert can take it.
UPDATE contributors c
   SET username = c.username || '~' || c.github_id
  FROM unnest(@github_id, @username) AS x(github_id, username)
 WHERE c.username = x.username
   AND c.github_id <> x.github_id
