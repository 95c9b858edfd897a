-- The repositories of the database, each with its newest run, its newest complete run, its rows, and the number of rows that
-- have a record of what the tool wrote.
SELECT r.id,
       r.github_id,
       r.full_name,
       r.is_tracked,
       ARRAY(SELECT w.name
               FROM workspaces w
               JOIN workspace_repositories m ON m.workspace_id = w.id
              WHERE m.repository_id = r.id
              ORDER BY w.name) AS workspaces,
       run.state,
       run.ended_at,
       (SELECT max(c.finished_at)
          FROM backfill.sync_run c
         WHERE c.repository_id = r.id AND c.state = 'Completed') AS completed_at,
       coalesce(stored.rows, 0) AS rows,
       coalesce(stored.proven, 0) AS proven
  FROM (SELECT p.id, p.github_id, p.full_name,
               EXISTS (
                 SELECT FROM tracked_repositories t
                  WHERE t.repository_id = p.id
                    AND t.tracking_enabled IS NOT FALSE --? tracked_repositories.tracking_enabled
               ) AS is_tracked
          FROM repositories p
         WHERE cardinality(@ids) = 0 OR p.id = ANY (@ids)) r
  LEFT JOIN LATERAL (
         SELECT
               --? include Sync/Runs/Sql/actual-state
                AS state,
                coalesce(s.finished_at, s.heartbeat_at) AS ended_at
           FROM backfill.sync_run s
          WHERE s.repository_id = r.id
          ORDER BY s.started_at DESC, s.id DESC
          LIMIT 1) run ON true
  LEFT JOIN (
         SELECT t.repository_id, count(*) AS rows, count(p.github_id) AS proven
           FROM (SELECT id AS repository_id, github_id, 'o'::"char" AS entity FROM repositories
                 UNION ALL
                 SELECT repository_id, github_id, 'p' FROM pull_requests
                 UNION ALL
                 SELECT repository_id, github_id, 'i' FROM issues
                 UNION ALL
                 SELECT repository_id, github_id, 'r' FROM reviews
                 UNION ALL
                 SELECT repository_id, github_id, (CASE comment_type WHEN 'review_comment' THEN 'v' ELSE 'c' END)::"char" FROM comments
                 UNION ALL --? discussions
                 SELECT repository_id, github_id, 'd' FROM discussions --? discussions
                 UNION ALL --? discussions discussion_comments
                 SELECT d.repository_id, m.github_id, 'm' --? discussions discussion_comments
                   FROM discussion_comments m JOIN discussions d ON d.id = m.discussion_id --? discussions discussion_comments
                ) t
           LEFT JOIN backfill.row_proof p ON p.github_id = t.github_id AND p.entity = t.entity
          WHERE cardinality(@ids) = 0 OR t.repository_id = ANY (@ids)
          GROUP BY t.repository_id) stored ON stored.repository_id = r.id
 WHERE r.is_tracked OR @with_untracked
 ORDER BY r.full_name
