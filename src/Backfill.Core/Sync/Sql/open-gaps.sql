-- What a run ends without. A reply's link is no row of its own; a review comment whose pull request lies before the
-- window is as little missing as the pull request.
SELECT entity, parent, parent_number, cause, attempts, count(*) OVER () AS total
  FROM backfill.sync_gap
 WHERE repository_id = @repository_id
   AND entity <> 'ReplyLinks'
   AND (@reached_beginning OR entity <> 'ReviewComments' OR last_tried_at IS NOT NULL)
 ORDER BY entity, parent_number, parent
 LIMIT 100
