-- Waits until the former holder has written the page that it may be writing now.
SELECT
  FROM backfill.lease
 WHERE resource = @resource
   AND expires_at < clock_timestamp()
   FOR UPDATE
