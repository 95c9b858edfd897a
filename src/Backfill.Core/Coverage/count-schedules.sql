-- By repository: the app's sync schedule, one row per workspace. A row that is due may only be waiting for the scheduler.
-- A row that is due for more than a week shows that no scheduler runs.
SELECT t.repository_id,
       count(*) AS rows,
       count(*) FILTER (WHERE s.is_active IS FALSE) AS off,
       count(*) FILTER (WHERE s.is_active IS NOT FALSE AND s.last_sync_status = 'failed') AS failing,
       count(*) FILTER (WHERE s.is_active IS NOT FALSE AND s.next_sync_at < now() - interval '168 hours') AS overdue,
       (array_agg(s.last_sync_error ORDER BY s.last_sync_at DESC)
          FILTER (WHERE s.is_active IS NOT FALSE AND s.last_sync_status = 'failed' AND s.last_sync_error <> ''))[1] AS error
  FROM workspace_tracked_repositories s
  JOIN tracked_repositories t ON t.id = s.tracked_repository_id
 WHERE t.repository_id = ANY (@repository_ids)
 GROUP BY t.repository_id
