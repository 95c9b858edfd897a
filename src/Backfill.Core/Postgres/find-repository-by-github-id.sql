SELECT r.id, r.github_id, r.full_name
  FROM repositories r
 WHERE r.github_id = @github_id
 LIMIT 1
