-- Inside the transaction of a page: whoever takes the lease over waits for it, and a page of a lost lease is not written.
-- The weakest lock that a taker's FOR UPDATE waits for: the heartbeat, which only moves the end, must not wait for pages.
SELECT 1
  FROM backfill.lease
 WHERE resource = @resource
   AND run_id = @run_id
   FOR KEY SHARE
