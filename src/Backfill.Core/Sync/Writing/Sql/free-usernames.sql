-- A login that moved to another account: the account that held it before steps aside, so that the upsert can take it. The holders
-- are looked up one by one: a join would read all people for every page. The login is looked at again on the locked row, because
-- another page may have renamed that account while this statement waited for it.
UPDATE contributors c
   SET username = c.username || '~' || c.github_id
 WHERE c.id = ANY (ARRAY(
         SELECT holder.id
           FROM unnest(@github_id, @username) AS x(github_id, username)
          CROSS JOIN LATERAL (SELECT id FROM contributors
                               WHERE username = x.username AND github_id <> x.github_id LIMIT 1) holder))
   AND c.username = ANY (@username)
