-- A login that moved to another account: whoever held it before steps aside, so that the upsert can take it. The holders are
-- looked up one by one: a join would read all people for every page.
UPDATE contributors c
   SET username = c.username || '~' || c.github_id
 WHERE c.id = ANY (ARRAY(
         SELECT holder.id
           FROM unnest(@github_id, @username) AS x(github_id, username)
          CROSS JOIN LATERAL (SELECT id FROM contributors
                               WHERE username = x.username AND github_id <> x.github_id LIMIT 1) holder))
