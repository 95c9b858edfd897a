-- A run whose heartbeat ended is interrupted, whatever its row says. One at Inngest has no heartbeat once its event is accepted.
-- The runs of the process that asks are found in any state: it knows their state better than the rows do.
SELECT id, repository, repository_id, engine, actual_state, since, started_at, finished_at, heartbeat_at, counts, gaps,
       requests, points, waiting_until, error, event_id
  FROM (SELECT r.*,
               CASE WHEN finished_at IS NULL AND heartbeat_at < now() - @heartbeat_limit
                     AND (engine = 'Local' OR event_id IS NULL) THEN 'Interrupted'
                    ELSE r.state END AS actual_state
          FROM backfill.sync_run r
         WHERE (cardinality(@ids) = 0 OR id = ANY (@ids))
           AND (cardinality(@repositories) = 0 OR lower(repository) = ANY (@repositories))
           AND (@started_from IS NULL OR started_at >= @started_from)) run
 WHERE cardinality(@states) = 0 OR actual_state = ANY (@states) OR id = ANY (@own_ids)
 ORDER BY started_at DESC, id DESC
 LIMIT @first
