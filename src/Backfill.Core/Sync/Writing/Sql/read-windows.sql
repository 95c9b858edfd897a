-- Every window of the repository, with one round trip.
SELECT (SELECT coalesce(json_agg(w), '[]') FROM backfill.sync_window w WHERE w.repository_id = @repository_id) AS lanes,
       (SELECT coalesce(json_agg(l), '[]') FROM backfill.sync_list l WHERE l.repository_id = @repository_id) AS lists,
       (SELECT coalesce(json_agg(a), '[]') FROM backfill.sync_audit a WHERE a.repository_id = @repository_id) AS audits,
       (SELECT coalesce(json_agg(c), '[]') FROM backfill.sync_contributors c
         WHERE c.repository_id = @repository_id) AS contributors
