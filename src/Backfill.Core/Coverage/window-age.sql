-- When each lane of the repository was last known to be complete: at the end of a complete run, or when it was read itself.
SELECT w.lane,
       greatest(w.updated_at, (SELECT max(r.finished_at) FROM backfill.sync_run r
                                WHERE r.repository_id = w.repository_id AND r.state = 'Completed')) AS read_at
  FROM backfill.sync_window w
 WHERE w.repository_id = @repository_id
