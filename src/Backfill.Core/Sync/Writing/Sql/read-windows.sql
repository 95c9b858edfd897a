SELECT lane, newest_cursor, newest_at, oldest_cursor, oldest_at, reached_beginning, page_size, etag, plan
  FROM backfill.sync_window
 WHERE repository_id = @repository_id
