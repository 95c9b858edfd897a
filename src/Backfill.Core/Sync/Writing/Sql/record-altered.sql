-- Records every row that is not as the tool wrote it as a gap, so that the run reads it again: an item by its node id, children
-- by the list that they are in, people by their profile. An item without a row of its number stands for a row whose number or
-- repository was altered.
WITH altered AS MATERIALIZED (
  --? include Sync/Writing/Sql/altered-rows
  UNION ALL
  SELECT CASE c.parent_type WHEN 'pull_request' THEN 'PullRequests' WHEN 'issue' THEN 'Issues' ELSE 'Discussions' END,
         0, c.parent_number, c.parent, false, c.read_at
    FROM backfill.child_count c
   WHERE c.repository_id = @repository_id
     AND NOT EXISTS (SELECT FROM pull_requests t WHERE t.repository_id = @repository_id AND t.number = c.parent_number AND c.parent_type = 'pull_request')
     AND NOT EXISTS (SELECT FROM issues t WHERE t.repository_id = @repository_id AND t.number = c.parent_number AND c.parent_type = 'issue')
     AND NOT EXISTS (SELECT FROM discussions t WHERE t.repository_id = @repository_id AND t.number = c.parent_number AND c.parent_type = 'discussion') --? discussions
     AND NOT EXISTS (SELECT FROM backfill.tombstone b WHERE b.repository_id = @repository_id AND b.number = c.parent_number)
), people AS (
  UPDATE backfill.actor a
     SET profile_read_at = '-infinity'
    FROM altered
   WHERE altered.entity = 'Contributors'
     AND a.github_id = altered.github_id
)
INSERT INTO backfill.sync_gap AS g (repository_id, entity, parent, parent_number, cause, run_id)
SELECT DISTINCT @repository_id, CASE entity WHEN 'ReviewComments' THEN 'ReviewThreads' ELSE entity END, parent, number, @cause, @run_id
  FROM altered
 WHERE entity NOT IN ('Contributors', 'Repository')
   AND parent IS NOT NULL
ON CONFLICT (repository_id, entity, parent) DO UPDATE SET cursor = NULL, cause = excluded.cause
