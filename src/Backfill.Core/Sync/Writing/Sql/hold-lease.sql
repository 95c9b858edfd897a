-- The first statement of the transaction of a page. A process that takes the lease over waits for the transaction, and a page
-- of a lost lease is not written. KEY SHARE is the weakest lock that the FOR UPDATE of the other process waits for. The
-- heartbeat only moves the end of the lease, so it does not wait for pages.
-- JIT compilation is off for this transaction. Without statistics PostgreSQL takes the few rows of a page for many, and
-- compiles the statement for longer than the statement runs.
SELECT set_config('jit', 'off', true)
  FROM backfill.lease
 WHERE resource = @resource
   AND run_id = @run_id
   FOR KEY SHARE
