-- How far back the repository was read; null is the beginning.
SELECT min(oldest_at) FILTER (WHERE lane = 'pull_requests' AND NOT reached_beginning)
  FROM backfill.sync_window
 WHERE repository_id = @repository_id
