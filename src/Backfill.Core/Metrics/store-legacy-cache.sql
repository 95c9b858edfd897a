-- Stores a range in the app's old cache, with the cache's key and its times of expiry. Older rows of the range become stale.
WITH stale AS (
  UPDATE workspace_metrics_cache
     SET is_stale = true
   WHERE workspace_id = @workspace_id
     AND time_range = ANY (@ranges)
     AND period_end < @calculated_at
     AND is_stale IS NOT TRUE
)
INSERT INTO workspace_metrics_cache (
  workspace_id, time_range, period_start, period_end, metrics, calculated_at, expires_at, is_stale)
SELECT @workspace_id, time_range, period_start, @calculated_at, metrics::jsonb, @calculated_at,
       @calculated_at + lifetime, false
  FROM unnest(@ranges, @starts, @legacy_metrics, @lifetimes) AS x(time_range, period_start, metrics, lifetime)
ON CONFLICT (workspace_id, time_range, period_end) DO UPDATE SET
  period_start = excluded.period_start,
  metrics = excluded.metrics,
  calculated_at = excluded.calculated_at,
  expires_at = excluded.expires_at,
  is_stale = false
