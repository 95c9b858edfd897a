-- The app shows a repository as syncing by this.
UPDATE repositories
   SET
       sync_status = 'syncing', --? repositories.sync_status
       name = name
 WHERE id = @repository_id
