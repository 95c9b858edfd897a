-- Takes the app's mark away that a repository is tracked. The row stays where the app has a column to switch tracking off.
--? begin tracked_repositories.tracking_enabled
UPDATE tracked_repositories
   SET tracking_enabled = false
 WHERE repository_id = @repository_id
--? end
--? begin !tracked_repositories.tracking_enabled
DELETE FROM tracked_repositories
 WHERE repository_id = @repository_id
--? end
