-- Returns for each range the stars on the day on which it begins, or on the last earlier day that was recorded.
SELECT (SELECT (h.metrics ->> 'total_stars')::bigint FROM backfill.workspace_metrics_history h
         WHERE h.workspace_id = @workspace_id AND h.metric_date <= (r.start AT TIME ZONE 'UTC')::date
         ORDER BY h.metric_date DESC LIMIT 1) AS stars
  FROM unnest(@starts) WITH ORDINALITY AS r(start, place)
 ORDER BY r.place
