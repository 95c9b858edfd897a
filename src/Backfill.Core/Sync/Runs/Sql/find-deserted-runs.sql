-- Returns the runs whose rows say that they are running, with their owner and whether their heartbeat has ended. Runs at
-- Inngest have no heartbeat.
-- A run between two slices has no heartbeat either, and its lease is kept under its own id.
SELECT repository_id, repository, owner, heartbeat_at < now() - @heartbeat_limit AS is_silent
  FROM backfill.sync_run r
 WHERE engine = 'Local'
   AND finished_at IS NULL
   AND NOT EXISTS (SELECT FROM backfill.lease l
                    WHERE l.run_id = r.id AND l.owner = @resting_owner AND l.expires_at > clock_timestamp())
