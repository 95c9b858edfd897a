-- Users whose profile was never read, and accounts that are to be read again because their row was altered.
SELECT github_id, node_id
  FROM backfill.actor
 WHERE node_id IS NOT NULL
   AND (profile_read_at = '-infinity' OR kind = 'User' AND profile_read_at IS NULL)
 ORDER BY github_id
 LIMIT @most
