-- What is still to be fetched, oldest first; what failed in this run waits for the next one.
SELECT entity, parent, parent_number, cursor, cause, attempts
  FROM backfill.sync_gap
 WHERE repository_id = @repository_id
   AND entity = @entity
   AND (last_tried_at IS NULL OR last_tried_at < @run_started)
 ORDER BY first_seen_at, parent
 LIMIT @most
