-- Returns what the metrics count of each pull request and issue of some repositories. The number of `kind` is an ActivityKind.
SELECT p.repository_id, p.author_id, p.created_at, CASE WHEN p.state = 'merged' THEN p.merged_at END AS ended_at,
       CASE WHEN p.state = 'open' AND p.draft THEN 7 WHEN p.state = 'open' THEN 3 ELSE 1 END AS kind --? pull_requests.draft
       CASE WHEN p.state = 'open' THEN 3 ELSE 1 END AS kind --? !pull_requests.draft
  FROM pull_requests p
 WHERE p.repository_id = ANY (@repositories)
UNION ALL
SELECT i.repository_id, i.author_id, i.created_at, CASE WHEN i.state = 'closed' THEN i.closed_at END,
       CASE WHEN i.state = 'open' THEN 2 ELSE 0 END
  FROM issues i
 WHERE i.repository_id = ANY (@repositories)
