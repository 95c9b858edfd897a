DELETE FROM backfill.sync_gap g
 USING unnest(@entity, @parent) AS x(entity, parent)
 WHERE g.repository_id = @repository_id
   AND g.entity = x.entity
   AND g.parent = x.parent
