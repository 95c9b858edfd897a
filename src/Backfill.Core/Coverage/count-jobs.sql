-- Jobs that are about the repository. An embedding job without a repository is about all of them. A job of the tool is known
-- by its mark; every other job is the app's.
SELECT 0::bigint
       + (SELECT count(*) FROM progressive_capture_jobs --? progressive_capture_jobs.started_at progressive_capture_jobs.status
           WHERE repository_id = @repository_id AND status = 'processing' --? progressive_capture_jobs.started_at progressive_capture_jobs.status
             AND metadata ->> 'trigger_source' IS DISTINCT FROM 'backfill' --? progressive_capture_jobs.started_at progressive_capture_jobs.status progressive_capture_jobs.metadata
             AND coalesce(started_at, created_at) < now() - interval '10 minutes') --? progressive_capture_jobs.started_at progressive_capture_jobs.status
       + (SELECT count(*) FROM embedding_jobs --? embedding_jobs.items_processed
           WHERE (repository_id = @repository_id OR repository_id IS NULL) AND status = 'processing' --? embedding_jobs.items_processed
             AND starts_with(error_message, @mark) IS NOT TRUE --? embedding_jobs.items_processed embedding_jobs.error_message
             AND coalesce(started_at, created_at) < now() - interval '1 hour') --? embedding_jobs.items_processed
       + (SELECT count(*) FROM sync_logs --? sync_logs.started_at
           WHERE repository_id = @repository_id AND status = 'started' --? sync_logs.started_at
             AND metadata ->> 'trigger_source' IS DISTINCT FROM 'backfill' --? sync_logs.started_at sync_logs.metadata
             AND started_at < now() - interval '24 hours') --? sync_logs.started_at
       AS stuck,
       0::bigint
       + (SELECT count(*) FROM progressive_capture_jobs --? progressive_capture_jobs.started_at progressive_capture_jobs.status
           WHERE repository_id = @repository_id AND status = 'pending' --? progressive_capture_jobs.started_at progressive_capture_jobs.status
             AND created_at < now() - interval '1 hour') --? progressive_capture_jobs.started_at progressive_capture_jobs.status
       + (SELECT count(*) FROM embedding_jobs --? embedding_jobs.items_processed
           WHERE (repository_id = @repository_id OR repository_id IS NULL) AND status = 'pending' --? embedding_jobs.items_processed
             AND created_at < now() - interval '1 hour') --? embedding_jobs.items_processed
       AS unstarted,
       0::bigint
       + (SELECT count(*) FROM progressive_capture_jobs --? progressive_capture_jobs.started_at progressive_capture_jobs.metadata
           WHERE repository_id = @repository_id AND status = 'processing' --? progressive_capture_jobs.started_at progressive_capture_jobs.metadata
             AND metadata ->> 'trigger_source' = 'backfill' --? progressive_capture_jobs.started_at progressive_capture_jobs.metadata
             AND started_at < now() - interval '10 minutes') --? progressive_capture_jobs.started_at progressive_capture_jobs.metadata
       + (SELECT count(*) FROM sync_logs l --? sync_logs.started_at sync_logs.metadata
           WHERE repository_id = @repository_id AND status = 'started' AND metadata ->> 'trigger_source' = 'backfill' --? sync_logs.started_at sync_logs.metadata
             AND started_at < now() - interval '10 minutes' --? sync_logs.started_at sync_logs.metadata
             AND NOT EXISTS (SELECT FROM backfill.sync_run r --? sync_logs.started_at sync_logs.metadata
                              WHERE r.id = l.id AND r.finished_at IS NULL --? sync_logs.started_at sync_logs.metadata
                                AND r.heartbeat_at > now() - interval '10 minutes')) --? sync_logs.started_at sync_logs.metadata
       AS deserted,
       0::bigint
       + (SELECT count(*) FROM embedding_jobs --? embedding_jobs.error_message embedding_jobs.updated_at
           WHERE (repository_id = @repository_id OR repository_id IS NULL) AND status = 'processing' --? embedding_jobs.error_message embedding_jobs.updated_at
             AND starts_with(error_message, @mark) AND updated_at < now() - interval '10 minutes') --? embedding_jobs.error_message embedding_jobs.updated_at
       AS deserted_embeddings,
       0::bigint
       + (SELECT count(*) FROM embedding_jobs --? embedding_jobs.items_processed
           WHERE (repository_id = @repository_id OR repository_id IS NULL) --? embedding_jobs.items_processed
             AND status = 'completed' AND items_total > 0 AND coalesce(items_processed, 0) = 0) --? embedding_jobs.items_processed
       AS idle,
       0::bigint
       + (SELECT count(*) FROM workspace_repositories wr --? workspace_tracked_repositories
           WHERE wr.repository_id = @repository_id --? workspace_tracked_repositories
             AND NOT EXISTS (SELECT FROM workspace_tracked_repositories s --? workspace_tracked_repositories
                               JOIN tracked_repositories t ON t.id = s.tracked_repository_id --? workspace_tracked_repositories
                              WHERE s.workspace_id = wr.workspace_id AND t.repository_id = wr.repository_id)) --? workspace_tracked_repositories
       AS unscheduled
