-- Sets the columns by which the app shows a sync. Each of them may be missing. A run that lost its lease changes nothing.
WITH repository AS (
  UPDATE repositories
     SET
         sync_status = @repository_status, --? repositories.sync_status
         last_synced_at = CASE WHEN @read THEN now() ELSE last_synced_at END, --? repositories.last_synced_at
         pull_request_count = (SELECT count(*) FROM pull_requests p WHERE p.repository_id = @repository_id), --? repositories.pull_request_count
         total_pull_requests = (SELECT count(*) FROM pull_requests p WHERE p.repository_id = @repository_id), --? repositories.total_pull_requests
         name = name
   WHERE id = @repository_id
     AND EXISTS (SELECT FROM backfill.lease WHERE resource = @resource AND run_id = @lease_id)
  RETURNING id
)
UPDATE tracked_repositories
   SET last_sync_at = now() --? tracked_repositories.last_sync_at
   SET repository_id = repository_id --? !tracked_repositories.last_sync_at
 WHERE repository_id IN (SELECT id FROM repository)
   AND @read
