-- Only runs of the local engine count, because a run at Inngest was not compared under each parent.
SELECT max(started_at)
  FROM backfill.sync_run
 WHERE repository_id = @repository_id
   AND engine = 'Local'
   AND state = 'Completed'
