-- Returns the runs whose rows say that they are running, with their owner and whether their heartbeat has ended. Runs at
-- Inngest have no heartbeat.
SELECT repository_id, repository, owner, heartbeat_at < now() - @heartbeat_limit AS is_silent
  FROM backfill.sync_run
 WHERE engine = 'Local'
   AND finished_at IS NULL
