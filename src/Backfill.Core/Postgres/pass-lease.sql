-- The holder itself passes the lease on, after its last page, or the next holder takes a lease that was kept for it. In both
-- cases no page is being written, so no lock has to be waited for.
UPDATE backfill.lease
   SET run_id = @next_run_id,
       owner = @owner,
       acquired_at = clock_timestamp(),
       expires_at = clock_timestamp() + @duration
 WHERE resource = @resource
   AND run_id = @run_id
   AND expires_at > clock_timestamp()
