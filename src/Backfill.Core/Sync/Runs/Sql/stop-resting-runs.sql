-- Ends runs between two slices at once, because no process works on them. Their leases are kept under the ids of the runs.
WITH kept AS (
  DELETE FROM backfill.lease
   WHERE run_id = ANY (@ids)
     AND owner = @owner
  RETURNING run_id
)
UPDATE backfill.sync_run
   SET state = 'Stopped',
       waiting_until = NULL,
       error_id = 'SyncStopped',
       finished_at = clock_timestamp()
 WHERE id IN (SELECT run_id FROM kept)
   AND finished_at IS NULL
RETURNING id
