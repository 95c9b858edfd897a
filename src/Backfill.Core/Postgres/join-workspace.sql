WITH workspace AS (
  SELECT id FROM workspaces WHERE @workspace IN (id::text, name, slug) ORDER BY (name = @workspace) DESC LIMIT 1
), joined AS (
  INSERT INTO workspace_repositories (workspace_id, repository_id)
  SELECT id, @repository_id FROM workspace
  ON CONFLICT (workspace_id, repository_id) DO NOTHING
)
SELECT count(*) FROM workspace
