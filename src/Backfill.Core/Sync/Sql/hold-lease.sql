-- Inside the transaction of a page: whoever took the lease over waits for it, and a page of a lost lease is not written.
SELECT 1
  FROM backfill.lease
 WHERE resource = @resource
   AND run_id = @run_id
   FOR SHARE
