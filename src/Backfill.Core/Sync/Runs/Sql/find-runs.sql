-- A repository is found by its id, because names change. The result has its present name.
-- The runs of the calling process are found in any state, because the process knows their state better than the rows do.
SELECT id, name_now, repository_id, engine, actual_state, since, started_at, finished_at, heartbeat_at, counts, gaps,
       requests, points, waiting_until, error, event_id
  FROM (SELECT s.*,
               coalesce(p.full_name, s.repository) AS name_now,
               --? include Sync/Runs/Sql/actual-state
               AS actual_state
          FROM backfill.sync_run s
          LEFT JOIN repositories p ON p.id = s.repository_id
         WHERE (cardinality(@ids) = 0 OR s.id = ANY (@ids))
           AND (cardinality(@id_parts) = 0
                OR EXISTS (SELECT FROM unnest(@id_parts) part
                            WHERE starts_with(s.id::text, part) OR right(s.id::text, length(part)) = part))
           AND (cardinality(@repositories) = 0
                OR s.repository_id = ANY (@repository_ids)
                OR lower(coalesce(p.full_name, s.repository)) = ANY (@repositories)
                OR s.repository_id IN (SELECT n.repository_id FROM backfill.repository_name n WHERE n.name = ANY (@repositories)))
           AND (@started_from IS NULL OR s.started_at >= @started_from)) run
 WHERE cardinality(@states) = 0 OR actual_state = ANY (@states) OR id = ANY (@own_ids)
 ORDER BY started_at DESC, id DESC
 LIMIT @first
