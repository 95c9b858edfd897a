-- Returns the pull requests of some repositories that another account than the author reviewed: when each was created, and when
-- the first such review was submitted.
SELECT p.repository_id, p.created_at, min(v.submitted_at) AS reviewed_at
  FROM reviews v
  JOIN pull_requests p ON p.id = v.pull_request_id
 WHERE p.repository_id = ANY (@repositories)
   AND v.submitted_at >= p.created_at
   AND v.author_id IS DISTINCT FROM p.author_id
 GROUP BY p.id, p.repository_id, p.created_at
