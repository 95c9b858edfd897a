-- A workspace that takes one more repository: the app refuses one beyond the workspace's limit.
SELECT id
  FROM workspaces
 WHERE true
   AND is_active IS NOT FALSE --? workspaces.is_active
   AND current_repository_count < max_repositories --? workspaces.current_repository_count workspaces.max_repositories
 LIMIT 1
