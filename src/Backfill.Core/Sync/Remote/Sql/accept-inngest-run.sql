-- From here on the run is at Inngest, whatever becomes of this process.
UPDATE backfill.sync_run
   SET event_id = @event_id,
       heartbeat_at = clock_timestamp()
 WHERE id = @id
