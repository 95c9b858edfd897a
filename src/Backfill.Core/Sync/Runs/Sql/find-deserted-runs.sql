-- Runs that their rows show at work, with their owner and whether their heartbeat ended. Runs at Inngest have no heartbeat.
SELECT repository_id, repository, owner, heartbeat_at < now() - @heartbeat_limit AS is_silent
  FROM backfill.sync_run
 WHERE engine = 'Local'
   AND finished_at IS NULL
