SELECT w.name
  FROM workspaces w
 WHERE @repository_id IS NULL
    OR EXISTS (SELECT FROM workspace_repositories r WHERE r.workspace_id = w.id AND r.repository_id = @repository_id)
 ORDER BY w.name
 LIMIT 50
