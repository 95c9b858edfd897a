-- Jobs of the repository that ended without a word, jobs that found work and did none, and workspaces whose scheduler never
-- heard of it.
SELECT 0::bigint
       + (SELECT count(*) FROM progressive_capture_jobs --? progressive_capture_jobs.started_at progressive_capture_jobs.status
           WHERE repository_id = @repository_id AND status IN ('pending', 'processing') --? progressive_capture_jobs.started_at progressive_capture_jobs.status
             AND coalesce(started_at, created_at) < now() - interval '10 minutes') --? progressive_capture_jobs.started_at progressive_capture_jobs.status
       + (SELECT count(*) FROM embedding_jobs --? embedding_jobs.items_processed
           WHERE repository_id = @repository_id AND status IN ('pending', 'processing') --? embedding_jobs.items_processed
             AND coalesce(started_at, created_at) < now() - interval '1 hour') --? embedding_jobs.items_processed
       + (SELECT count(*) FROM sync_logs --? sync_logs.started_at
           WHERE repository_id = @repository_id AND status = 'started' AND started_at < now() - interval '24 hours') --? sync_logs.started_at
       AS stuck,
       0::bigint
       + (SELECT count(*) FROM embedding_jobs --? embedding_jobs.items_processed
           WHERE repository_id = @repository_id AND status = 'completed' AND items_total > 0 AND coalesce(items_processed, 0) = 0) --? embedding_jobs.items_processed
       AS idle,
       0::bigint
       + (SELECT count(*) FROM workspace_repositories wr --? workspace_tracked_repositories
           WHERE wr.repository_id = @repository_id --? workspace_tracked_repositories
             AND NOT EXISTS (SELECT FROM workspace_tracked_repositories s --? workspace_tracked_repositories
                               JOIN tracked_repositories t ON t.id = s.tracked_repository_id --? workspace_tracked_repositories
                              WHERE s.workspace_id = wr.workspace_id AND t.repository_id = wr.repository_id)) --? workspace_tracked_repositories
       AS unscheduled
