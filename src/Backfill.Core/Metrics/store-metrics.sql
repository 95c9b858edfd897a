WITH history AS (
  INSERT INTO backfill.workspace_metrics_history (workspace_id, metric_date, time_range, metrics, calculated_at)
  VALUES (@workspace_id, (@calculated_at AT TIME ZONE 'UTC')::date, @time_range, @metrics, @calculated_at)
  ON CONFLICT (workspace_id, metric_date, time_range) DO UPDATE SET
    metrics = excluded.metrics,
    calculated_at = excluded.calculated_at
)
INSERT INTO backfill.workspace_metrics (workspace_id, time_range, period_start, period_end, metrics, calculated_at)
VALUES (@workspace_id, @time_range, @period_start, @period_end, @metrics, @calculated_at)
ON CONFLICT (workspace_id, time_range) DO UPDATE SET
  period_start = excluded.period_start,
  period_end = excluded.period_end,
  metrics = excluded.metrics,
  calculated_at = excluded.calculated_at
