-- The newest run of each repository, and the end of its newest complete run.
SELECT newest.repository_id, newest.state, newest.error,
       (SELECT max(c.finished_at)
          FROM backfill.sync_run c
         WHERE c.repository_id = newest.repository_id AND c.state = 'Completed') AS completed_at
  FROM (SELECT DISTINCT ON (s.repository_id) s.repository_id, s.error,
               --? include Sync/Runs/Sql/actual-state
               AS state
          FROM backfill.sync_run s
         WHERE s.repository_id = ANY (@repository_ids)
         ORDER BY s.repository_id, s.started_at DESC, s.id DESC) newest
