-- The app's old queue allows one completed row per range. Deletes that row where another row of the range is about to be
-- completed.
DELETE FROM workspace_aggregation_queue old
 WHERE old.workspace_id = @workspace_id
   AND old.time_range = ANY (@ranges)
   AND old.status IN ('completed', 'failed')
   AND EXISTS (SELECT FROM workspace_aggregation_queue q
                WHERE q.workspace_id = @workspace_id AND q.time_range = old.time_range
                  AND q.status IN ('pending', 'processing'))
