-- Of the runs of this tool: what another one stored was not compared under each parent.
SELECT max(started_at)
  FROM backfill.sync_run
 WHERE repository_id = @repository_id
   AND engine = 'Local'
   AND state = 'Completed'
