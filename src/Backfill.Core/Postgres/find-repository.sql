-- Finds a repository by its id, by its name, or by a former name, in this order. GitHub ignores case in owner and name.
SELECT found.id, found.github_id, found.full_name
  FROM (
    SELECT r.id, r.github_id, r.full_name, 1 AS rank
      FROM repositories r
     WHERE r.id = @id
    UNION ALL
    SELECT r.id, r.github_id, r.full_name, 2
      FROM repositories r
     WHERE lower(r.owner) = lower(@owner) AND lower(r.name) = lower(@name)
    --? begin backfill.repository_name
    UNION ALL
    SELECT r.id, r.github_id, r.full_name, 3
      FROM backfill.repository_name n
      JOIN repositories r ON r.id = n.repository_id
     WHERE n.name = lower(@owner || '/' || @name)
    --? end
  ) found
 ORDER BY found.rank
 LIMIT 1
