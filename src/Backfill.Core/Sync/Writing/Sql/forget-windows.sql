-- Forgets how far the repository was read, so that the next run reads all of it again. A row whose time of update is later
-- than its last sync got that time from another program: the time of creation lets GitHub's version win over the row.
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
)
DELETE FROM backfill.sync_window WHERE repository_id = @repository_id
