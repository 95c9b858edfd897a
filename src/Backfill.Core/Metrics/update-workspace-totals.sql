-- The totals that operators read from the workspace's own row.
UPDATE workspaces w
   SET total_repositories = t.repositories,
       total_contributors = t.contributors,
       total_pull_requests = t.pulls,
       total_issues = t.issues
  FROM (SELECT (SELECT count(*) FROM workspace_repositories wr WHERE wr.workspace_id = @workspace_id) AS repositories,
               (SELECT count(*) FROM pull_requests p JOIN workspace_repositories wr ON wr.repository_id = p.repository_id
                 WHERE wr.workspace_id = @workspace_id) AS pulls,
               (SELECT count(*) FROM issues i JOIN workspace_repositories wr ON wr.repository_id = i.repository_id
                 WHERE wr.workspace_id = @workspace_id) AS issues,
               (SELECT count(*)
                  FROM (SELECT p.author_id FROM pull_requests p JOIN workspace_repositories wr ON wr.repository_id = p.repository_id
                         WHERE wr.workspace_id = @workspace_id
                        UNION
                        SELECT i.author_id FROM issues i JOIN workspace_repositories wr ON wr.repository_id = i.repository_id
                         WHERE wr.workspace_id = @workspace_id) people
                 WHERE author_id IS NOT NULL) AS contributors) t
 WHERE w.id = @workspace_id
