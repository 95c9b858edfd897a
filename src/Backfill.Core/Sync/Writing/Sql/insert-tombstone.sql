-- The row itself stays: what was written about it is the app's. What was still to be fetched of it is not any more.
WITH buried AS (
  INSERT INTO backfill.tombstone (repository_id, entity, github_id, number, reason, moved_to)
  VALUES (@repository_id, @entity, @github_id, @number, @reason, @moved_to)
  ON CONFLICT (entity, github_id) DO UPDATE SET
    reason = excluded.reason,
    moved_to = excluded.moved_to
), counted AS (
  DELETE FROM backfill.child_count
   WHERE repository_id = @repository_id
     AND parent_type = @parent_type
     AND parent_number = @number
)
DELETE FROM backfill.sync_gap
 WHERE repository_id = @repository_id
   AND parent_number = @number
