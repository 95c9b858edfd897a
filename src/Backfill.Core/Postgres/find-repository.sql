-- GitHub compares owner and name without case.
SELECT r.id, r.github_id, r.full_name
  FROM repositories r
 WHERE lower(r.owner) = lower(@owner) AND lower(r.name) = lower(@name)
 LIMIT 1
