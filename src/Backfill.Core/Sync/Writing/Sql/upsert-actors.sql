-- What is known and unchanged is not even locked: other pages with the same people need not wait for this one.
INSERT INTO backfill.actor AS t (github_id, node_id, login, kind, repository_id)
SELECT x.github_id, x.node_id, x.login, x.kind, @repository_id
  FROM unnest(@github_id, @node_id, @login, @kind) AS x(github_id, node_id, login, kind)
  LEFT JOIN LATERAL (
    SELECT true AS unchanged FROM backfill.actor a
     WHERE a.github_id = x.github_id
       AND a.login = x.login
       AND a.kind = x.kind
       AND a.node_id IS NOT DISTINCT FROM coalesce(x.node_id, a.node_id)
       AND a.repository_id IS NOT NULL
     LIMIT 1) known ON true
 WHERE known.unchanged IS NULL
 ORDER BY x.github_id
ON CONFLICT (github_id) DO UPDATE SET
  node_id = coalesce(excluded.node_id, t.node_id),
  login = excluded.login,
  kind = excluded.kind,
  repository_id = coalesce(t.repository_id, excluded.repository_id)
