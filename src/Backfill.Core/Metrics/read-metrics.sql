-- Returns the stored ranges of a workspace that were computed from the repositories as they are now.
SELECT time_range, metrics::text AS metrics, calculated_at
  FROM backfill.workspace_metrics
 WHERE workspace_id = @workspace_id
   AND sources = @sources
   AND time_range = ANY (@ranges)
