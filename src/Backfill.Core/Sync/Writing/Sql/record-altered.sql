-- Records every row that is not as the tool wrote it as a gap, so that the run reads it again: an item by its node id, children
-- by the list that they are in, people by their profile. A missing item is read with its children. It may also be a row whose
-- number or repository was altered.
WITH altered AS MATERIALIZED (
  --? include Sync/Writing/Sql/altered-rows
), people AS (
  UPDATE backfill.actor a
     SET profile_read_at = '-infinity'
    FROM altered
   WHERE altered.entity = 'Contributors'
     AND a.github_id = altered.github_id
)
INSERT INTO backfill.sync_gap AS g (repository_id, entity, parent, parent_number, cause, run_id)
-- Two rows of one list can name its item by two numbers, when another program altered the number.
SELECT DISTINCT ON (kind, parent) repository_id, kind, parent, number, cause, @run_id
  FROM (SELECT CASE entity WHEN 'ReviewComments' THEN 'ReviewThreads' ELSE entity END AS kind, repository_id, parent, number, is_missing,
               CASE WHEN is_missing THEN 'its row is not there any more' ELSE @cause END AS cause
          FROM altered
         WHERE entity NOT IN ('Contributors', 'Repository')
           AND parent IS NOT NULL) t
 ORDER BY kind, parent, is_missing DESC, number
ON CONFLICT (repository_id, entity, parent) DO UPDATE SET cursor = NULL, cause = excluded.cause
