UPDATE progressive_capture_jobs
   SET status = @job_status, completed_at = now(), error = @error
 WHERE repository_id = @repository_id
   AND status = 'processing'
   AND metadata ->> 'run_id' = @run_id::text
