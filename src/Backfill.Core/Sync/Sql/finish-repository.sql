-- What the app itself shows of a sync; every one of these columns may be missing.
WITH repository AS (
  UPDATE repositories
     SET sync_status = @status, --? repositories.sync_status
         last_synced_at = now(), --? repositories.last_synced_at
         total_pull_requests = (SELECT count(*) FROM pull_requests p WHERE p.repository_id = @repository_id), --? repositories.total_pull_requests
         name = name
   WHERE id = @repository_id
)
UPDATE tracked_repositories
   SET last_sync_at = now()
 WHERE repository_id = @repository_id
   AND @status IS NOT NULL
