-- By its id, by its name, or by a name that it had before, in this order. GitHub compares owner and name without case.
SELECT found.id, found.github_id, found.full_name
  FROM (
    SELECT r.id, r.github_id, r.full_name, 1 AS rank
      FROM repositories r
     WHERE r.id = @id
    UNION ALL
    SELECT r.id, r.github_id, r.full_name, 2
      FROM repositories r
     WHERE lower(r.owner) = lower(@owner) AND lower(r.name) = lower(@name)
    UNION ALL --? backfill.repository_name
    SELECT r.id, r.github_id, r.full_name, 3 --? backfill.repository_name
      FROM backfill.repository_name n --? backfill.repository_name
      JOIN repositories r ON r.id = n.repository_id --? backfill.repository_name
     WHERE n.name = lower(@owner || '/' || @name) --? backfill.repository_name
  ) found
 ORDER BY found.rank
 LIMIT 1
