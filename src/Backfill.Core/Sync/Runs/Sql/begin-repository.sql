-- The app shows a repository with this state as syncing.
UPDATE repositories
   SET
       sync_status = 'syncing', --? repositories.sync_status
       name = name
 WHERE id = @repository_id
