-- What is still to be fetched, oldest first; a parent that failed in this run waits for the next one.
SELECT entity, parent, parent_number, cursor, cause, attempts
  FROM backfill.sync_gap
 WHERE repository_id = @repository_id
   AND (@entity::text IS NULL OR entity = @entity)
   AND (@all OR last_tried_at IS NULL OR last_tried_at < @run_started)
 ORDER BY first_seen_at, entity, parent
 LIMIT @most
