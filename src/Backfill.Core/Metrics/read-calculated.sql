-- Returns when each range of a workspace was last stored, by the tool or in the app's old cache.
SELECT time_range, max(calculated_at) AS calculated_at
  FROM (SELECT time_range, calculated_at FROM backfill.workspace_metrics WHERE workspace_id = @workspace_id
        UNION ALL --? workspace_metrics_cache.calculated_at
        SELECT time_range, calculated_at FROM workspace_metrics_cache WHERE workspace_id = @workspace_id --? workspace_metrics_cache.calculated_at
       ) stored
 WHERE time_range = ANY (@ranges)
   AND calculated_at IS NOT NULL
 GROUP BY time_range
