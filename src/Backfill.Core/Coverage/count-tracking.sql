-- By repository: its rows in tracked_repositories, and how many of them are switched off.
SELECT repository_id,
       count(*) AS rows,
       count(*) FILTER (WHERE tracking_enabled IS FALSE) AS off --? tracked_repositories.tracking_enabled
       0::bigint AS off --? !tracked_repositories.tracking_enabled
  FROM tracked_repositories
 WHERE repository_id = ANY (@repository_ids)
 GROUP BY repository_id
