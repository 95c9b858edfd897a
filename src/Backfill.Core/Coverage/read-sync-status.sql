-- The app's sync status of each repository where it is failed, or syncing without a running sync.
SELECT r.id AS repository_id, r.sync_status
  FROM repositories r
 WHERE r.id = ANY (@repository_ids)
   AND (r.sync_status = 'failed'
        OR (r.sync_status = 'syncing'
            AND r.last_updated_at < now() - interval '1 hour' --? repositories.last_updated_at
            AND NOT EXISTS (SELECT FROM backfill.sync_run s
                             WHERE s.repository_id = r.id AND s.finished_at IS NULL
                               AND (s.engine <> 'Local' OR s.heartbeat_at > now() - interval '10 minutes'))))
