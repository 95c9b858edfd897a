SELECT full_name
  FROM repositories
 WHERE starts_with(lower(full_name), lower(@prefix))
    OR starts_with(lower(name), lower(@prefix))
 ORDER BY 1
 LIMIT 100
