UPDATE backfill.sync_gap
   SET attempts = attempts + 1,
       cause = @cause,
       last_tried_at = now(),
       run_id = @run_id
 WHERE repository_id = @repository_id
   AND entity = @entity
   AND parent = @parent
