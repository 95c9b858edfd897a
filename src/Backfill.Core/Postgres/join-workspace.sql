-- Where the app has the column, the owner of the workspace is the user who added the repository: the app's sync schedule
-- refuses a membership without a user.
WITH workspace AS (
  SELECT id
         , owner_id --? workspaces.owner_id
    FROM workspaces WHERE @workspace IN (id::text, name, slug) ORDER BY (name = @workspace) DESC LIMIT 1
), joined AS (
  INSERT INTO workspace_repositories (
    added_by, --? workspace_repositories.added_by workspaces.owner_id
    workspace_id, repository_id)
  SELECT
    owner_id, --? workspace_repositories.added_by workspaces.owner_id
    id, @repository_id FROM workspace
  ON CONFLICT (workspace_id, repository_id) DO NOTHING
)
SELECT count(*) FROM workspace
