-- When the newest complete run of the repository ended.
SELECT max(finished_at)
  FROM backfill.sync_run
 WHERE repository_id = @repository_id
   AND state = 'Completed'
