-- Pull requests and issues by state. Rows of what was deleted or transferred at GitHub do not count.
SELECT count(*) FILTER (WHERE entity = 'p' AND state = 'open') AS open_pull_requests,
       count(*) FILTER (WHERE entity = 'p' AND state = 'merged') AS merged_pull_requests,
       count(*) FILTER (WHERE entity = 'p' AND state = 'closed') AS closed_pull_requests,
       count(*) FILTER (WHERE entity = 'i' AND state = 'open') AS open_issues,
       count(*) FILTER (WHERE entity = 'i' AND state = 'closed') AS closed_issues
  FROM (
    SELECT 'p' AS entity, p.state FROM pull_requests p
     WHERE p.repository_id = @repository_id
       AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'PullRequests' AND t.github_id = p.github_id)
    UNION ALL
    SELECT 'i', i.state FROM issues i
     WHERE i.repository_id = @repository_id
       AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'Issues' AND t.github_id = i.github_id)
  ) items
