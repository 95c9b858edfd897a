-- Returns the workspaces that have one of the repositories, and the named workspaces. Each row has the requested
-- repositories of its workspace.
SELECT w.id, w.name,
       coalesce((SELECT array_agg(r.full_name ORDER BY r.full_name)
                   FROM workspace_repositories wr
                   JOIN repositories r ON r.id = wr.repository_id
                  WHERE wr.workspace_id = w.id AND r.id = ANY (@repositories)), '{}') AS held,
       (SELECT count(*) FROM workspace_repositories wr WHERE wr.workspace_id = w.id) AS repositories
  FROM workspaces w
 WHERE w.id::text = ANY (@workspaces)
    OR w.name = ANY (@workspaces)
    OR w.slug = ANY (@workspaces)
    OR EXISTS (SELECT FROM workspace_repositories wr
                WHERE wr.workspace_id = w.id AND wr.repository_id = ANY (@repositories))
 ORDER BY w.name, w.id
