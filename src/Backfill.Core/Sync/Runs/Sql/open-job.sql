INSERT INTO progressive_capture_jobs (
  job_type, repository_id, status, started_at,
  time_range_days, --? progressive_capture_jobs.time_range_days
  metadata)
VALUES (
  'progressive_backfill', @repository_id, 'processing', now(),
  ceil(extract(epoch FROM now() - @since) / 86400)::integer, --? progressive_capture_jobs.time_range_days
  jsonb_build_object('trigger_source', 'backfill', 'repository_name', @repository, 'run_id', @run_id))
