-- Deletes the stored activity of repositories that are in the workspace no longer.
DELETE FROM backfill.repository_activity
 WHERE workspace_id = @workspace_id
   AND repository_id <> ALL (@repositories)
