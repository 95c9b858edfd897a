UPDATE backfill.sync_run
   SET state = @state,
       counts = @counts,
       requests = @requests,
       points = @points,
       waiting_until = @waiting_until,
       heartbeat_at = now()
 WHERE id = @id
   AND finished_at IS NULL
RETURNING stop_requested
