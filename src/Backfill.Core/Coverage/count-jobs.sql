-- Jobs that are about the repository. An embedding job without a repository is about all of them. A job of the tool is known
-- by its mark; every other job is the app's.
SELECT 0::bigint
       --? begin progressive_capture_jobs.started_at progressive_capture_jobs.status
       + (SELECT count(*) FROM progressive_capture_jobs
           WHERE repository_id = @repository_id AND status = 'processing'
             AND metadata ->> 'trigger_source' IS DISTINCT FROM 'backfill' --? progressive_capture_jobs.metadata
             AND coalesce(started_at, created_at) < now() - interval '10 minutes')
       --? end
       --? begin embedding_jobs.items_processed
       + (SELECT count(*) FROM embedding_jobs
           WHERE (repository_id = @repository_id OR repository_id IS NULL) AND status = 'processing'
             AND starts_with(error_message, @mark) IS NOT TRUE --? embedding_jobs.error_message
             AND coalesce(started_at, created_at) < now() - interval '1 hour')
       --? end
       --? begin sync_logs.started_at
       + (SELECT count(*) FROM sync_logs
           WHERE repository_id = @repository_id AND status = 'started'
             AND metadata ->> 'trigger_source' IS DISTINCT FROM 'backfill' --? sync_logs.metadata
             AND started_at < now() - interval '24 hours')
       --? end
       AS stuck,
       0::bigint
       --? begin progressive_capture_jobs.started_at progressive_capture_jobs.status
       + (SELECT count(*) FROM progressive_capture_jobs
           WHERE repository_id = @repository_id AND status = 'pending'
             AND created_at < now() - interval '1 hour')
       --? end
       --? begin embedding_jobs.items_processed
       + (SELECT count(*) FROM embedding_jobs
           WHERE (repository_id = @repository_id OR repository_id IS NULL) AND status = 'pending'
             AND created_at < now() - interval '1 hour')
       --? end
       AS unstarted,
       0::bigint
       --? begin progressive_capture_jobs.started_at progressive_capture_jobs.metadata
       + (SELECT count(*) FROM progressive_capture_jobs
           WHERE repository_id = @repository_id AND status = 'processing'
             AND metadata ->> 'trigger_source' = 'backfill'
             AND started_at < now() - interval '10 minutes')
       --? end
       --? begin sync_logs.started_at sync_logs.metadata
       + (SELECT count(*) FROM sync_logs l
           WHERE repository_id = @repository_id AND status = 'started' AND metadata ->> 'trigger_source' = 'backfill'
             AND started_at < now() - interval '10 minutes'
             AND NOT EXISTS (SELECT FROM backfill.sync_run r
                              WHERE r.id = l.id AND r.finished_at IS NULL
                                AND r.heartbeat_at > now() - interval '10 minutes'))
       --? end
       AS deserted,
       0::bigint
       --? begin embedding_jobs.error_message embedding_jobs.updated_at
       + (SELECT count(*) FROM embedding_jobs
           WHERE (repository_id = @repository_id OR repository_id IS NULL) AND status = 'processing'
             AND starts_with(error_message, @mark) AND updated_at < now() - interval '10 minutes')
       --? end
       AS deserted_embeddings,
       0::bigint
       --? begin embedding_jobs.items_processed
       + (SELECT count(*) FROM embedding_jobs
           WHERE (repository_id = @repository_id OR repository_id IS NULL)
             AND status = 'completed' AND items_total > 0 AND coalesce(items_processed, 0) = 0)
       --? end
       AS idle,
       0::bigint
       --? begin workspace_tracked_repositories
       + (SELECT count(*) FROM workspace_repositories wr
           WHERE wr.repository_id = @repository_id
             AND NOT EXISTS (SELECT FROM workspace_tracked_repositories s
                               JOIN tracked_repositories t ON t.id = s.tracked_repository_id
                              WHERE s.workspace_id = wr.workspace_id AND t.repository_id = wr.repository_id))
       --? end
       AS unscheduled
