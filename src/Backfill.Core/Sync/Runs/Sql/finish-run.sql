UPDATE backfill.sync_run
   SET state = @state,
       counts = @counts,
       gaps = @gaps,
       requests = @requests,
       points = @points,
       waiting_until = NULL,
       error_id = @error_id,
       error = @error,
       heartbeat_at = clock_timestamp(),
       finished_at = clock_timestamp()
 WHERE id = @id
RETURNING finished_at
