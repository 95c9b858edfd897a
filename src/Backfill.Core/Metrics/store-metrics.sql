-- Stores a computation, unless a newer one is stored. The history keeps the numbers of each day in UTC, without the lists.
WITH given AS (
  SELECT * FROM unnest(@ranges, @starts, @metrics) AS x(time_range, period_start, metrics)
), history AS (
  INSERT INTO backfill.workspace_metrics_history AS t (workspace_id, metric_date, time_range, metrics, calculated_at)
  SELECT @workspace_id, (@calculated_at AT TIME ZONE 'UTC')::date, time_range,
         metrics::jsonb - '{top_contributors,activity_timeline,repository_stats}'::text[], @calculated_at
    FROM given
  ON CONFLICT (workspace_id, metric_date, time_range) DO UPDATE SET
    metrics = excluded.metrics,
    calculated_at = excluded.calculated_at
  WHERE excluded.calculated_at >= t.calculated_at
)
INSERT INTO backfill.workspace_metrics AS t (
  workspace_id, time_range, period_start, period_end, metrics, calculated_at, sources)
SELECT @workspace_id, time_range, period_start, @calculated_at, metrics::jsonb || '{"is_stale": false}', @calculated_at, @sources
  FROM given
ON CONFLICT (workspace_id, time_range) DO UPDATE SET
  period_start = excluded.period_start,
  period_end = excluded.period_end,
  metrics = excluded.metrics,
  calculated_at = excluded.calculated_at,
  sources = excluded.sources
WHERE excluded.calculated_at >= t.calculated_at
