INSERT INTO backfill.lease AS t (resource, owner, run_id, acquired_at, expires_at)
VALUES (@resource, @owner, @run_id, clock_timestamp(), clock_timestamp() + @duration)
ON CONFLICT (resource) DO UPDATE SET
  owner = excluded.owner,
  run_id = excluded.run_id,
  acquired_at = excluded.acquired_at,
  expires_at = excluded.expires_at
WHERE t.expires_at < clock_timestamp()
