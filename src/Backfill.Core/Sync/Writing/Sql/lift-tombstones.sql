-- What GitHub shows again is not gone.
DELETE FROM backfill.tombstone t
 USING backfill.child_count c
 WHERE t.repository_id = @repository_id
   AND t.entity = @entity
   AND c.repository_id = t.repository_id
   AND c.parent_type = @parent_type
   AND c.parent_number = t.number
   AND c.audited_at >= @began_at
