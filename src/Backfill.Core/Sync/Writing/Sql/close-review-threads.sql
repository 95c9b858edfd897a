-- The list of the whole repository has brought them. What was altered is older than the end of that list.
DELETE FROM backfill.sync_gap
 WHERE repository_id = @repository_id
   AND entity IN ('ReviewThreads', 'ThreadComments')
   AND cause <> @altered
