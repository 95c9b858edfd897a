-- Runs at work by their rows: whose they are, and whether their heartbeat ended. Those at Inngest have none.
SELECT repository_id, repository, owner, heartbeat_at < now() - @heartbeat_limit
  FROM backfill.sync_run
 WHERE engine = 'Local'
   AND finished_at IS NULL
