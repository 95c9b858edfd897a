-- Whoever holds the repository's lease knows that every other unfinished run of it has lost its owner; those at Inngest hold
-- none.
UPDATE backfill.sync_run
   SET state = 'Interrupted',
       finished_at = heartbeat_at,
       error_id = 'SyncInterrupted',
       error = 'Its process ended without a word; the next start goes on from its last page.'
 WHERE repository_id = @repository_id
   AND engine = 'Local'
   AND finished_at IS NULL
