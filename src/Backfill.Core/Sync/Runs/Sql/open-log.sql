-- The type repository_sync is in the app's list of types, which some databases enforce.
INSERT INTO sync_logs (id, sync_type, repository_id, status, started_at, metadata)
VALUES (@run_id, 'repository_sync', @repository_id, 'started', now(),
        jsonb_build_object('trigger_source', 'backfill', 'repository_name', @repository))
