-- The full names of the tracked repositories, or of those that begin with a text, also by their name without the owner.
SELECT r.full_name
  FROM repositories r
 WHERE (@prefix IS NULL
        OR starts_with(lower(r.full_name), lower(@prefix))
        OR starts_with(lower(r.name), lower(@prefix)))
   AND EXISTS (
         SELECT FROM tracked_repositories t
          WHERE t.repository_id = r.id
            AND t.tracking_enabled IS NOT FALSE --? tracked_repositories.tracking_enabled
       )
 ORDER BY 1
 LIMIT @most
