-- What a run ends without: up to a hundred gaps of each repository, and the number of all. A reply's link is no row of its own, and
-- what -Include left out was not asked for. A held comment is missing only where the window of pull requests reaches the beginning:
-- before it, its parent is as little stored.
WITH missing AS (
  SELECT repository_id, entity, parent, parent_number, cause, attempts
    FROM backfill.sync_gap
   WHERE repository_id = ANY (@repository_ids)
     AND entity <> 'ReplyLinks'
     AND cause <> 'left out'
  UNION ALL
  SELECT h.repository_id, CASE h.comment_type WHEN 'review_comment' THEN 'ReviewComments' ELSE 'IssueComments' END,
         h.github_id::text, h.parent_number, 'its pull request or issue is not stored', 1
    FROM backfill.held_comment h
    JOIN backfill.sync_window w ON w.repository_id = h.repository_id AND w.lane = 'PullRequests' AND w.reached_beginning
   WHERE h.repository_id = ANY (@repository_ids)
), numbered AS (
  SELECT missing.*,
         count(*) OVER (PARTITION BY repository_id) AS total,
         row_number() OVER (PARTITION BY repository_id ORDER BY entity, parent_number, parent) AS place
    FROM missing
)
SELECT repository_id, entity, parent, parent_number, cause, attempts, total
  FROM numbered
 WHERE place <= 100
 ORDER BY repository_id, place
