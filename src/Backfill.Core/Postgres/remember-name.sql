-- Stores the name that is about to change as a former name, and deletes the new name from the former names, because a name
-- leads to one repository.
WITH taken AS (
  DELETE FROM backfill.repository_name WHERE name = lower(@full_name)
)
INSERT INTO backfill.repository_name (name, repository_id)
SELECT lower(former.name), r.id
  FROM repositories r
 CROSS JOIN LATERAL (VALUES (r.full_name), (@asked)) former(name)
 WHERE r.github_id = @github_id
   AND former.name IS NOT NULL
   AND lower(former.name) <> lower(@full_name)
ON CONFLICT (name) DO UPDATE SET repository_id = excluded.repository_id, seen_at = now()
