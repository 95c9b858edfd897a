UPDATE sync_logs
   SET status = @status,
       completed_at = now(),
       records_processed = @added + @updated, --? sync_logs.records_processed
       records_inserted = @added, --? sync_logs.records_inserted
       records_updated = @updated, --? sync_logs.records_updated
       records_failed = @gaps, --? sync_logs.records_failed
       github_api_calls_used = @requests, --? sync_logs.github_api_calls_used
       error_message = @error
 WHERE id = @run_id
