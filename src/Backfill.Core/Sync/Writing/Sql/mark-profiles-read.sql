UPDATE backfill.actor
   SET profile_read_at = now()
 WHERE github_id = ANY (@github_id)
