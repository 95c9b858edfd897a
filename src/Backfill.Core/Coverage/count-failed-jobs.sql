-- Jobs of the app that failed in the last 30 days and that no job of the same kind has succeeded since. An embedding job
-- without a repository is about all of them. A job that found items and embedded none has not succeeded.
WITH failed AS (
  SELECT NULL::text AS error, NULL::timestamptz AS at WHERE false
  UNION ALL --? embedding_jobs.items_processed embedding_jobs.error_message
  SELECT f.error_message, f.created_at --? embedding_jobs.items_processed embedding_jobs.error_message
    FROM embedding_jobs f --? embedding_jobs.items_processed embedding_jobs.error_message
   WHERE (f.repository_id = @repository_id OR f.repository_id IS NULL) AND f.status = 'failed' --? embedding_jobs.items_processed embedding_jobs.error_message
     AND starts_with(f.error_message, @own_failure) IS NOT TRUE --? embedding_jobs.items_processed embedding_jobs.error_message
     AND NOT EXISTS (SELECT FROM embedding_jobs c --? embedding_jobs.items_processed embedding_jobs.error_message
                      WHERE c.repository_id IS NOT DISTINCT FROM f.repository_id AND c.created_at > f.created_at --? embedding_jobs.items_processed embedding_jobs.error_message
                        AND c.status = 'completed' AND (c.items_total = 0 OR c.items_processed > 0)) --? embedding_jobs.items_processed embedding_jobs.error_message
  UNION ALL --? progressive_capture_jobs.started_at progressive_capture_jobs.metadata
  SELECT f.error, f.created_at --? progressive_capture_jobs.started_at progressive_capture_jobs.metadata
    FROM progressive_capture_jobs f --? progressive_capture_jobs.started_at progressive_capture_jobs.metadata
   WHERE f.repository_id = @repository_id AND f.status = 'failed' --? progressive_capture_jobs.started_at progressive_capture_jobs.metadata
     AND f.metadata ->> 'trigger_source' IS DISTINCT FROM 'backfill' --? progressive_capture_jobs.started_at progressive_capture_jobs.metadata
     AND NOT EXISTS (SELECT FROM progressive_capture_jobs c --? progressive_capture_jobs.started_at progressive_capture_jobs.metadata
                      WHERE c.repository_id = f.repository_id AND c.job_type = f.job_type --? progressive_capture_jobs.started_at progressive_capture_jobs.metadata
                        AND c.created_at > f.created_at AND c.status = 'completed') --? progressive_capture_jobs.started_at progressive_capture_jobs.metadata
  UNION ALL --? sync_logs.started_at sync_logs.metadata
  SELECT f.error_message, f.started_at --? sync_logs.started_at sync_logs.metadata
    FROM sync_logs f --? sync_logs.started_at sync_logs.metadata
   WHERE f.repository_id = @repository_id AND f.status = 'failed' --? sync_logs.started_at sync_logs.metadata
     AND f.metadata ->> 'trigger_source' IS DISTINCT FROM 'backfill' --? sync_logs.started_at sync_logs.metadata
     AND NOT EXISTS (SELECT FROM sync_logs c --? sync_logs.started_at sync_logs.metadata
                      WHERE c.repository_id = f.repository_id AND c.sync_type = f.sync_type --? sync_logs.started_at sync_logs.metadata
                        AND c.started_at > f.started_at AND c.status = 'completed') --? sync_logs.started_at sync_logs.metadata
)
SELECT count(*) AS failed,
       (array_agg(error ORDER BY at DESC))[1] AS error
  FROM failed
 WHERE at > now() - interval '720 hours'
