-- By repository: the age of the oldest metrics of its workspaces, and the number of workspaces without metrics.
SELECT wr.repository_id,
       count(DISTINCT w.id) AS workspaces,
       count(DISTINCT w.id) FILTER (WHERE m.workspace_id IS NULL) AS unmeasured,
       min(m.calculated_at) AS oldest
  FROM workspace_repositories wr
  JOIN workspaces w ON w.id = wr.workspace_id
  LEFT JOIN backfill.workspace_metrics m ON m.workspace_id = w.id
 WHERE wr.repository_id = ANY (@repository_ids)
 GROUP BY wr.repository_id
