-- Whether the app tracks the repository: its rows, and those of them that are switched off.
SELECT count(*) AS rows,
       count(*) FILTER (WHERE tracking_enabled IS FALSE) AS off --? tracked_repositories.tracking_enabled
       0::bigint AS off --? !tracked_repositories.tracking_enabled
  FROM tracked_repositories
 WHERE repository_id = @repository_id
