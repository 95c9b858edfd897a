-- A repository is found by its id, because names change. The result has its present name.
-- A run whose heartbeat has ended is interrupted, whatever its row says. A run at Inngest has no heartbeat after its event
-- was accepted. A run between two slices has none either, and its lease is kept under its own id.
-- The runs of the calling process are found in any state, because the process knows their state better than the rows do.
SELECT id, name_now, repository_id, engine, actual_state, since, started_at, finished_at, heartbeat_at, counts, gaps,
       requests, points, waiting_until, error, event_id
  FROM (SELECT r.*,
               coalesce(p.full_name, r.repository) AS name_now,
               CASE WHEN finished_at IS NULL AND heartbeat_at < now() - @heartbeat_limit
                     AND (engine = 'Local' OR event_id IS NULL)
                     AND NOT EXISTS (SELECT FROM backfill.lease l
                                      WHERE l.run_id = r.id AND l.expires_at > clock_timestamp()) THEN 'Interrupted'
                    ELSE r.state END AS actual_state
          FROM backfill.sync_run r
          LEFT JOIN repositories p ON p.id = r.repository_id
         WHERE (cardinality(@ids) = 0 OR r.id = ANY (@ids))
           AND (cardinality(@id_parts) = 0
                OR EXISTS (SELECT FROM unnest(@id_parts) part
                            WHERE starts_with(r.id::text, part) OR right(r.id::text, length(part)) = part))
           AND (cardinality(@repositories) = 0
                OR r.repository_id = ANY (@repository_ids)
                OR lower(coalesce(p.full_name, r.repository)) = ANY (@repositories)
                OR r.repository_id IN (SELECT n.repository_id FROM backfill.repository_name n WHERE n.name = ANY (@repositories)))
           AND (@started_from IS NULL OR r.started_at >= @started_from)) run
 WHERE cardinality(@states) = 0 OR actual_state = ANY (@states) OR id = ANY (@own_ids)
 ORDER BY started_at DESC, id DESC
 LIMIT @first
