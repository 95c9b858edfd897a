-- The caller holds the repository's lease, so every other unfinished run of the repository has lost its owner. Runs at
-- Inngest hold no lease and are not changed. A run that goes on in slices is not interrupted by its own next slice.
UPDATE backfill.sync_run
   SET state = 'Interrupted',
       finished_at = heartbeat_at,
       error_id = 'SyncInterrupted',
       error = 'Its process ended without a word; the next start goes on from its last page.'
 WHERE repository_id = @repository_id
   AND engine = 'Local'
   AND finished_at IS NULL
   AND id IS DISTINCT FROM @except_id
