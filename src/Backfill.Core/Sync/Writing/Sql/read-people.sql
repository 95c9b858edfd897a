SELECT github_id, node_id
  FROM backfill.actor
 WHERE kind = 'User'
   AND node_id IS NOT NULL
   AND profile_read_at IS NULL
 ORDER BY github_id
 LIMIT @most
