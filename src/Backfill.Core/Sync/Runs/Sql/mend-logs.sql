UPDATE sync_logs
   SET status = 'failed',
       completed_at = now(),
       error_message = 'Its process ended without a word; the next run goes on from its last page.'
 WHERE repository_id = @repository_id
   AND status = 'started'
   AND metadata ->> 'trigger_source' = 'backfill'
