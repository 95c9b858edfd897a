-- The list of the whole repository has brought them.
DELETE FROM backfill.sync_gap
 WHERE repository_id = @repository_id
   AND entity IN ('ReviewThreads', 'ThreadComments')
