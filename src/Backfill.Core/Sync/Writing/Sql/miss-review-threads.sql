-- Pull requests that were stored without their review comments, which the list of the whole repository does not bring.
INSERT INTO backfill.sync_gap (repository_id, entity, parent, parent_number, cause, run_id)
SELECT c.repository_id, 'ReviewThreads', c.parent, c.parent_number, 'overflow', @run_id
  FROM backfill.child_count c
  JOIN pull_requests p ON p.repository_id = c.repository_id AND p.number = c.parent_number
 WHERE c.repository_id = @repository_id
   AND c.parent_type = 'pull_request'
   AND p.updated_at >= @since
ON CONFLICT (repository_id, entity, parent) DO NOTHING
