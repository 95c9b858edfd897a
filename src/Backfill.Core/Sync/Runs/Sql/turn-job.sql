-- The app fails a job that runs for more than ten minutes. So a job is finished after five minutes, and the next one begins.
WITH finished AS (
  UPDATE progressive_capture_jobs
     SET status = 'completed', completed_at = now()
   WHERE repository_id = @repository_id
     AND status = 'processing'
     AND metadata ->> 'run_id' = @run_id::text
     AND started_at < now() - interval '5 minutes'
  RETURNING
    time_range_days, --? progressive_capture_jobs.time_range_days
    job_type, metadata
)
INSERT INTO progressive_capture_jobs (
  job_type, repository_id, status, started_at,
  time_range_days, --? progressive_capture_jobs.time_range_days
  metadata)
SELECT
  job_type, @repository_id, 'processing', now(),
  time_range_days, --? progressive_capture_jobs.time_range_days
  metadata
  FROM finished
