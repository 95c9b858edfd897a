-- Completes the app's running and waiting rows. Where a range has a running and a waiting row, only the running row is
-- completed, and the waiting row stays.
UPDATE workspace_aggregation_queue q
   SET status = 'completed', started_at = coalesce(q.started_at, @calculated_at), completed_at = @calculated_at
 WHERE q.workspace_id = @workspace_id
   AND q.time_range = ANY (@ranges)
   AND (q.status = 'processing'
        OR (q.status = 'pending'
            AND NOT EXISTS (SELECT FROM workspace_aggregation_queue o
                             WHERE o.workspace_id = q.workspace_id AND o.time_range = q.time_range AND o.status = 'processing')))
