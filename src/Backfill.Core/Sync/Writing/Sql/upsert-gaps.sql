INSERT INTO backfill.sync_gap AS t (repository_id, entity, parent, parent_number, cursor, cause, run_id)
SELECT @repository_id, x.entity, x.parent, x.parent_number, x.cursor, x.cause, @run_id
  FROM unnest(@entity, @parent, @parent_number, @cursor, @cause) AS x(entity, parent, parent_number, cursor, cause)
ON CONFLICT (repository_id, entity, parent) DO UPDATE SET
  parent_number = excluded.parent_number,
  cursor = excluded.cursor,
  cause = excluded.cause,
  run_id = excluded.run_id
