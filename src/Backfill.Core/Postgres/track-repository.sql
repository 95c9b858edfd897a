-- The app's own mark. A row that is there stays as it is, also where tracking is switched off in the app.
INSERT INTO tracked_repositories AS t (
  organization_name, --? tracked_repositories.organization_name
  repository_name, --? tracked_repositories.repository_name
  repository_id)
SELECT
  @owner, --? tracked_repositories.organization_name
  @name, --? tracked_repositories.repository_name
  @repository_id
 WHERE NOT EXISTS (SELECT FROM tracked_repositories WHERE repository_id = @repository_id)
