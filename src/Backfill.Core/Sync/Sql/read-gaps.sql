-- What is still to be fetched, oldest first; what failed in this run waits for the next one, a review comment for its
-- pull request.
SELECT entity, parent, parent_number, cursor, cause, attempts
  FROM backfill.sync_gap g
 WHERE repository_id = @repository_id
   AND entity = @entity
   AND (last_tried_at IS NULL OR last_tried_at < @run_started)
   AND (entity <> 'ReviewComments'
        OR EXISTS (SELECT FROM pull_requests p WHERE p.repository_id = g.repository_id AND p.number = g.parent_number))
 ORDER BY first_seen_at, parent
 LIMIT @most
