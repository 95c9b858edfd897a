-- By repository: jobs that are about it. An embedding job without a repository is about all of them. A job of the tool is known by
-- its mark; every other job is the app's.
SELECT a.repository_id,
       coalesce(sum(j.stuck), 0)::bigint AS stuck,
       coalesce(sum(j.unstarted), 0)::bigint AS unstarted,
       coalesce(sum(j.deserted), 0)::bigint AS deserted,
       coalesce(sum(j.deserted_embeddings), 0)::bigint AS deserted_embeddings,
       coalesce(sum(j.idle), 0)::bigint AS idle,
       coalesce(sum(j.unscheduled), 0)::bigint AS unscheduled
  FROM unnest(@repository_ids) a (repository_id)
  LEFT JOIN (
    SELECT NULL::uuid AS repository_id, 0 AS stuck, 0 AS unstarted, 0 AS deserted, 0 AS deserted_embeddings, 0 AS idle, 0 AS unscheduled
     WHERE false
    --? begin progressive_capture_jobs.started_at progressive_capture_jobs.status
    UNION ALL
    SELECT repository_id,
           count(*) FILTER (WHERE status = 'processing'
                              AND metadata ->> 'trigger_source' IS DISTINCT FROM 'backfill' --? progressive_capture_jobs.metadata
                              AND coalesce(started_at, created_at) < now() - interval '10 minutes'),
           count(*) FILTER (WHERE status = 'pending' AND created_at < now() - interval '1 hour'),
           count(*) FILTER (WHERE status = 'processing'
                              AND metadata ->> 'trigger_source' = 'backfill' --? progressive_capture_jobs.metadata
                              AND false --? !progressive_capture_jobs.metadata
                              AND started_at < now() - interval '10 minutes'),
           0, 0, 0
      FROM progressive_capture_jobs
     WHERE repository_id = ANY (@repository_ids) AND status IN ('processing', 'pending')
     GROUP BY repository_id
    --? end
    --? begin embedding_jobs.items_processed
    UNION ALL
    SELECT repository_id,
           count(*) FILTER (WHERE status = 'processing'
                              AND starts_with(error_message, @mark) IS NOT TRUE --? embedding_jobs.error_message
                              AND coalesce(started_at, created_at) < now() - interval '1 hour'),
           count(*) FILTER (WHERE status = 'pending' AND created_at < now() - interval '1 hour'),
           0,
           count(*) FILTER (WHERE status = 'processing'
                              AND starts_with(error_message, @mark) AND updated_at < now() - interval '10 minutes' --? embedding_jobs.error_message embedding_jobs.updated_at
                              AND false --? !embedding_jobs.error_message
                              AND false --? !embedding_jobs.updated_at
                           ),
           count(*) FILTER (WHERE status = 'completed' AND items_total > 0 AND coalesce(items_processed, 0) = 0),
           0
      FROM embedding_jobs
     WHERE (repository_id = ANY (@repository_ids) OR repository_id IS NULL) AND status IN ('processing', 'pending', 'completed')
     GROUP BY repository_id
    --? end
    --? begin sync_logs.started_at
    UNION ALL
    SELECT repository_id,
           count(*) FILTER (WHERE status = 'started'
                              AND metadata ->> 'trigger_source' IS DISTINCT FROM 'backfill' --? sync_logs.metadata
                              AND started_at < now() - interval '24 hours'),
           0,
           count(*) FILTER (WHERE started_at < now() - interval '10 minutes'
                              AND metadata ->> 'trigger_source' = 'backfill' --? sync_logs.metadata
                              AND false --? !sync_logs.metadata
                              AND NOT EXISTS (SELECT FROM backfill.sync_run r
                                               WHERE r.id = l.id AND r.finished_at IS NULL
                                                 AND r.heartbeat_at > now() - interval '10 minutes')),
           0, 0, 0
      FROM sync_logs l
     WHERE repository_id = ANY (@repository_ids) AND status = 'started'
     GROUP BY repository_id
    --? end
    --? begin workspace_tracked_repositories
    UNION ALL
    SELECT wr.repository_id, 0, 0, 0, 0, 0, count(*)
      FROM workspace_repositories wr
     WHERE wr.repository_id = ANY (@repository_ids)
       AND NOT EXISTS (SELECT FROM workspace_tracked_repositories s
                         JOIN tracked_repositories t ON t.id = s.tracked_repository_id
                        WHERE s.workspace_id = wr.workspace_id AND t.repository_id = wr.repository_id)
     GROUP BY wr.repository_id
    --? end
  ) j ON j.repository_id = a.repository_id OR j.repository_id IS NULL
 GROUP BY a.repository_id
