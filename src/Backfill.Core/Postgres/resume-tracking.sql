-- Switches tracking on again where Unregister-BackfillRepository or the app switched it off.
UPDATE tracked_repositories
   SET tracking_enabled = true --? tracked_repositories.tracking_enabled
   SET repository_id = repository_id --? !tracked_repositories.tracking_enabled
 WHERE repository_id = @repository_id
   AND tracking_enabled IS FALSE --? tracked_repositories.tracking_enabled
