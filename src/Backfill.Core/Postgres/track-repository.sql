-- The app's mark that a repository is tracked. An existing row is not changed, even where the app has switched tracking off.
INSERT INTO tracked_repositories AS t (
  organization_name, --? tracked_repositories.organization_name
  repository_name, --? tracked_repositories.repository_name
  repository_id)
SELECT
  @owner, --? tracked_repositories.organization_name
  @name, --? tracked_repositories.repository_name
  @repository_id
 WHERE NOT EXISTS (SELECT FROM tracked_repositories WHERE repository_id = @repository_id)
