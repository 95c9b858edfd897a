-- The sum over all runs of a repository.
SELECT count(*) AS runs,
       coalesce(sum(requests), 0)::bigint AS requests,
       coalesce(sum(points), 0)::bigint AS points,
       min(started_at) AS first_started_at,
       coalesce(sum(finished_at - started_at), interval '0') AS duration
  FROM backfill.sync_run
 WHERE repository_id = @repository_id
