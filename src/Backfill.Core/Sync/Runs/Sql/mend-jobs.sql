-- The caller holds the repository's lease, so every other running job of the tool has lost its run.
UPDATE progressive_capture_jobs
   SET status = 'failed',
       completed_at = now(),
       error = 'Its process ended without a word; the next run goes on from its last page.'
 WHERE repository_id = @repository_id
   AND status IN ('pending', 'processing')
   AND metadata ->> 'trigger_source' = 'backfill'
