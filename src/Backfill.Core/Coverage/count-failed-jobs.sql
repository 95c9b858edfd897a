-- By repository: jobs of the app that failed in the last 30 days and that no job of the same kind has succeeded since. An embedding job
-- without a repository is about all of them. A job that found items and embedded none has not succeeded.
WITH failed AS (
  SELECT NULL::uuid AS repository_id, NULL::text AS error, NULL::timestamptz AS at WHERE false
  --? begin embedding_jobs.items_processed embedding_jobs.error_message
  UNION ALL
  SELECT f.repository_id, f.error_message, f.created_at
    FROM embedding_jobs f
   WHERE (f.repository_id = ANY (@repository_ids) OR f.repository_id IS NULL) AND f.status = 'failed'
     AND starts_with(f.error_message, @own_failure) IS NOT TRUE
     AND NOT EXISTS (SELECT FROM embedding_jobs c
                      WHERE c.repository_id IS NOT DISTINCT FROM f.repository_id AND c.created_at > f.created_at
                        AND c.status = 'completed' AND (c.items_total = 0 OR c.items_processed > 0))
  --? end
  --? begin progressive_capture_jobs.started_at progressive_capture_jobs.metadata
  UNION ALL
  SELECT f.repository_id, f.error, f.created_at
    FROM progressive_capture_jobs f
   WHERE f.repository_id = ANY (@repository_ids) AND f.status = 'failed'
     AND f.metadata ->> 'trigger_source' IS DISTINCT FROM 'backfill'
     AND NOT EXISTS (SELECT FROM progressive_capture_jobs c
                      WHERE c.repository_id = f.repository_id AND c.job_type = f.job_type
                        AND c.created_at > f.created_at AND c.status = 'completed')
  --? end
  --? begin sync_logs.started_at sync_logs.metadata
  UNION ALL
  SELECT f.repository_id, f.error_message, f.started_at
    FROM sync_logs f
   WHERE f.repository_id = ANY (@repository_ids) AND f.status = 'failed'
     AND f.metadata ->> 'trigger_source' IS DISTINCT FROM 'backfill'
     AND NOT EXISTS (SELECT FROM sync_logs c
                      WHERE c.repository_id = f.repository_id AND c.sync_type = f.sync_type
                        AND c.started_at > f.started_at AND c.status = 'completed')
  --? end
)
SELECT a.repository_id,
       count(*) AS failed,
       (array_agg(f.error ORDER BY f.at DESC))[1] AS error
  FROM unnest(@repository_ids) a (repository_id)
  JOIN failed f ON f.repository_id = a.repository_id OR f.repository_id IS NULL
 WHERE f.at > now() - interval '720 hours'
 GROUP BY a.repository_id
