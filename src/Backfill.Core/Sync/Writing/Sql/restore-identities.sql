-- Gives a contributor GitHub's id back, where the login belongs to another id than the row says and no other row has that id.
UPDATE contributors t
   SET github_id = a.github_id
  FROM backfill.actor a
 WHERE a.login = t.username
   AND t.github_id IS DISTINCT FROM a.github_id
   AND NOT EXISTS (SELECT FROM backfill.actor o WHERE o.github_id = t.github_id)
   AND NOT EXISTS (SELECT FROM contributors o WHERE o.github_id = a.github_id)
