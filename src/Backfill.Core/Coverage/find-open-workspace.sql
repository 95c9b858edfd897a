-- A workspace with room for one more repository. The app refuses a repository beyond the workspace's limit.
SELECT id
  FROM workspaces
 WHERE true
   AND is_active IS NOT FALSE --? workspaces.is_active
   AND current_repository_count < max_repositories --? workspaces.current_repository_count workspaces.max_repositories
 LIMIT 1
