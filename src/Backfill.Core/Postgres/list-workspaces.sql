-- The names of the workspaces that begin with a text, with the number of their repositories.
SELECT w.name, count(r.repository_id) AS repositories
  FROM workspaces w
  LEFT JOIN workspace_repositories r ON r.workspace_id = w.id
 WHERE @prefix IS NULL OR starts_with(lower(w.name), lower(@prefix))
 GROUP BY w.id, w.name
 ORDER BY w.name
 LIMIT @most
