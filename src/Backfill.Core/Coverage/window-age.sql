-- The time at which each lane of each repository was last complete: the end of the last complete run, or of its own last page.
SELECT w.repository_id, w.lane,
       greatest(w.updated_at, (SELECT max(r.finished_at) FROM backfill.sync_run r
                                WHERE r.repository_id = w.repository_id AND r.state = 'Completed')) AS read_at
  FROM backfill.sync_window w
 WHERE w.repository_id = ANY (@repository_ids)
