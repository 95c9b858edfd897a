SELECT event_name, include
  FROM backfill.sync_run
 WHERE id = @id
