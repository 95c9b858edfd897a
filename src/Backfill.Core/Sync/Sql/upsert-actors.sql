INSERT INTO backfill.actor AS t (github_id, node_id, login, kind)
SELECT x.github_id, x.node_id, x.login, x.kind
  FROM unnest(@github_id, @node_id, @login, @kind) AS x(github_id, node_id, login, kind)
 ORDER BY x.github_id
ON CONFLICT (github_id) DO UPDATE SET
  node_id = coalesce(excluded.node_id, t.node_id),
  login = excluded.login,
  kind = excluded.kind
WHERE (t.node_id, t.login, t.kind) IS DISTINCT FROM (coalesce(excluded.node_id, t.node_id), excluded.login, excluded.kind)
