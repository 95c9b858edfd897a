-- The tracked repositories behind an id, in the order of their ids. The app may have switched the tracking of one off.
SELECT r.id, r.github_id, r.full_name
  FROM repositories r
 WHERE r.id > @after
   AND EXISTS (SELECT FROM tracked_repositories t
                WHERE t.repository_id = r.id
                  AND t.tracking_enabled IS NOT FALSE --? tracked_repositories.tracking_enabled
              )
 ORDER BY r.id
 LIMIT @most
