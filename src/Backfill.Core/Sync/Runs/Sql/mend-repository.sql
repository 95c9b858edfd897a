UPDATE repositories
   SET sync_status = 'failed'
 WHERE id = @repository_id
   AND sync_status = 'syncing'
