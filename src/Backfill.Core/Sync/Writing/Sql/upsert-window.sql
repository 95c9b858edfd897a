INSERT INTO backfill.sync_window AS t (
  repository_id, lane, newest_cursor, newest_at, oldest_cursor, oldest_at, reached_beginning, page_size,
  ahead_newest_cursor, ahead_newest_at, ahead_oldest_cursor, ahead_oldest_at)
VALUES (
  @repository_id, @lane, @newest_cursor, @newest_at, @oldest_cursor, @oldest_at, @reached_beginning, @page_size,
  @ahead_newest_cursor, @ahead_newest_at, @ahead_oldest_cursor, @ahead_oldest_at)
ON CONFLICT (repository_id, lane) DO UPDATE SET
  newest_cursor = excluded.newest_cursor,
  newest_at = excluded.newest_at,
  oldest_cursor = excluded.oldest_cursor,
  oldest_at = excluded.oldest_at,
  reached_beginning = excluded.reached_beginning,
  page_size = excluded.page_size,
  ahead_newest_cursor = excluded.ahead_newest_cursor,
  ahead_newest_at = excluded.ahead_newest_at,
  ahead_oldest_cursor = excluded.ahead_oldest_cursor,
  ahead_oldest_at = excluded.ahead_oldest_at,
  updated_at = now()
