-- Waits for the page that the former holder may be writing at this moment.
SELECT
  FROM backfill.lease
 WHERE resource = @resource
   AND expires_at < clock_timestamp()
   FOR UPDATE
