-- What is stored of a workspace's ranges, as far as it was computed from the same repositories as they are now.
SELECT time_range, metrics::text AS metrics, calculated_at
  FROM backfill.workspace_metrics
 WHERE workspace_id = @workspace_id
   AND sources = @sources
   AND time_range = ANY (@ranges)
