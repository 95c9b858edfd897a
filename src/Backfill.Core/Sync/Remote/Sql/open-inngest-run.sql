INSERT INTO backfill.sync_run (id, repository_id, repository, engine, state, since, owner, counts, event_name, include, started_at, heartbeat_at)
VALUES (@id, @repository_id, @repository, 'Inngest', 'Queued', @since, @owner, @counts, @event_name, @include, clock_timestamp(), clock_timestamp())
RETURNING started_at
