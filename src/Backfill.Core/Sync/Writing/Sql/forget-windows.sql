-- Forgets how far the repository was read, so that the next run reads all of it again.
WITH list AS (
  DELETE FROM backfill.sync_list WHERE repository_id = @repository_id
), people AS (
  DELETE FROM backfill.sync_contributors WHERE repository_id = @repository_id
), audit AS (
  DELETE FROM backfill.sync_audit WHERE repository_id = @repository_id
)
DELETE FROM backfill.sync_window WHERE repository_id = @repository_id
