-- A job is closed while a run waits for a limit, because the app fails jobs that run for ten minutes.
INSERT INTO progressive_capture_jobs (job_type, repository_id, status, started_at, metadata)
SELECT 'progressive_backfill', @repository_id, 'processing', now(),
       jsonb_build_object('trigger_source', 'backfill', 'repository_name', @repository, 'run_id', @run_id)
 WHERE NOT EXISTS (SELECT FROM progressive_capture_jobs
                    WHERE repository_id = @repository_id
                      AND status = 'processing'
                      AND metadata ->> 'run_id' = @run_id::text)
