SELECT owner, run_id, acquired_at, expires_at
  FROM backfill.lease
 WHERE resource = @resource

