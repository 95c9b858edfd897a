SELECT max(started_at)
  FROM backfill.sync_run
 WHERE repository_id = @repository_id
   AND state = 'Completed'
