INSERT INTO backfill.sync_run (id, repository_id, repository, engine, state, since, owner, started_at, heartbeat_at)
VALUES (@id, @repository_id, @repository, 'Local', 'Queued', @since, @owner, clock_timestamp(), clock_timestamp())
RETURNING started_at
