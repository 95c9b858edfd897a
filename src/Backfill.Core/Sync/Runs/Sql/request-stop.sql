UPDATE backfill.sync_run
   SET stop_requested = true
 WHERE id = ANY (@ids)
   AND finished_at IS NULL
