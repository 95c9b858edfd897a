-- What was read of the repository counts as not read, so that the next run reads it again. Rows whose time of update is
-- later than their last sync got it from another program: GitHub's own version is to win over them.
WITH pull AS (
  UPDATE pull_requests SET updated_at = created_at
   WHERE repository_id = @repository_id AND updated_at > last_synced_at + interval '5 minutes'
), issue AS (
  UPDATE issues SET updated_at = created_at
   WHERE repository_id = @repository_id AND updated_at > last_synced_at + interval '5 minutes'
), list AS (
  DELETE FROM backfill.sync_list WHERE repository_id = @repository_id
), people AS (
  DELETE FROM backfill.sync_contributors WHERE repository_id = @repository_id
), audit AS (
  DELETE FROM backfill.sync_audit WHERE repository_id = @repository_id
), forgotten AS (
  DELETE FROM backfill.sync_window WHERE repository_id = @repository_id
  RETURNING lane, oldest_at, reached_beginning
)
SELECT min(oldest_at) FILTER (WHERE lane = 'pull_requests' AND NOT reached_beginning) FROM forgotten
