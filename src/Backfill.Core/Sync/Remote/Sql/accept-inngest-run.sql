-- Inngest accepted the event. The run goes on there, even if this process ends.
UPDATE backfill.sync_run
   SET event_id = @event_id,
       heartbeat_at = clock_timestamp()
 WHERE id = @id
