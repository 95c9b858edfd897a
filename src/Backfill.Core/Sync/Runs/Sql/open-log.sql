-- repository_sync is allowed whether or not the list of types is still enforced.
INSERT INTO sync_logs (id, sync_type, repository_id, status, started_at, metadata)
VALUES (@run_id, 'repository_sync', @repository_id, 'started', now(),
        jsonb_build_object('trigger_source', 'backfill', 'repository_name', @repository))
