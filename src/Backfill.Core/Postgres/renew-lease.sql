UPDATE backfill.lease
   SET expires_at = clock_timestamp() + @duration
 WHERE resource = @resource
   AND run_id = @run_id
