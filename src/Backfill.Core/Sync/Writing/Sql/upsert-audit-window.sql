INSERT INTO backfill.sync_audit AS t (
  repository_id, lane, began_at, cursor, is_complete, unexplained_total, unexplained_stored)
VALUES (@repository_id, @lane, @began_at, @cursor, @is_complete, @unexplained_total, @unexplained_stored)
ON CONFLICT (repository_id, lane) DO UPDATE SET
  began_at = excluded.began_at,
  cursor = excluded.cursor,
  is_complete = excluded.is_complete,
  unexplained_total = excluded.unexplained_total,
  unexplained_stored = excluded.unexplained_stored
