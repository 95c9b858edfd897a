-- Begins a run that is done in slices, or goes on with it. A run that has ended is not changed and returns no row. An
-- interrupted run is opened again. A row that was just inserted has no xmax.
INSERT INTO backfill.sync_run AS r (id, repository_id, repository, engine, state, since, owner, started_at, heartbeat_at)
VALUES (@id, @repository_id, @repository, 'Local', 'Running', @since, @owner, clock_timestamp(), clock_timestamp())
ON CONFLICT (id) DO UPDATE SET
  state = 'Running',
  owner = excluded.owner,
  heartbeat_at = excluded.heartbeat_at,
  finished_at = NULL,
  waiting_until = NULL,
  error_id = NULL,
  error = NULL
WHERE r.finished_at IS NULL OR r.state = 'Interrupted'
RETURNING started_at, stop_requested, xmax = 0 AS is_new
