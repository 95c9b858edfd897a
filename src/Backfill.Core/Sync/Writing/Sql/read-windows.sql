-- Every window of each repository, with one round trip.
SELECT a.repository_id,
       (SELECT coalesce(json_agg(w), '[]') FROM backfill.sync_window w WHERE w.repository_id = a.repository_id) AS lanes,
       (SELECT coalesce(json_agg(l), '[]') FROM backfill.sync_list l WHERE l.repository_id = a.repository_id) AS lists,
       (SELECT coalesce(json_agg(u), '[]') FROM backfill.sync_audit u WHERE u.repository_id = a.repository_id) AS audits,
       (SELECT coalesce(json_agg(c), '[]') FROM backfill.sync_contributors c
         WHERE c.repository_id = a.repository_id) AS contributors
  FROM unnest(@repository_ids) a (repository_id)
