-- What a run ends without. A reply's link is no row of its own, and what -Include left out was not asked for. A held comment
-- is missing only where the window reaches the beginning: before it, its parent is as little stored.
WITH missing AS (
  SELECT entity, parent, parent_number, cause, attempts
    FROM backfill.sync_gap
   WHERE repository_id = @repository_id
     AND entity <> 'ReplyLinks'
     AND cause <> 'left out'
  UNION ALL
  SELECT CASE comment_type WHEN 'review_comment' THEN 'ReviewComments' ELSE 'IssueComments' END,
         github_id::text, parent_number, 'its pull request or issue is not stored', 1
    FROM backfill.held_comment
   WHERE repository_id = @repository_id
     AND @reached_beginning
)
SELECT entity, parent, parent_number, cause, attempts, count(*) OVER () AS total
  FROM missing
 ORDER BY entity, parent_number, parent
 LIMIT 100
