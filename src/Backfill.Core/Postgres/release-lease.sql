DELETE FROM backfill.lease
 WHERE resource = @resource
   AND run_id = @run_id
