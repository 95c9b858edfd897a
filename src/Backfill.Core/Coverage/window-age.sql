-- The time at which each lane of the repository was last complete: the end of the last complete run, or of its own last page.
SELECT w.lane,
       greatest(w.updated_at, (SELECT max(r.finished_at) FROM backfill.sync_run r
                                WHERE r.repository_id = w.repository_id AND r.state = 'Completed')) AS read_at
  FROM backfill.sync_window w
 WHERE w.repository_id = @repository_id
