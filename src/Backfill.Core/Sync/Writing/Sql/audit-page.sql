-- A page of an audit: what GitHub counts under each item, that it is there, and a gap for each that is not stored as it is.
WITH page AS (
  SELECT x.number, x.node_id, x.updated_at, x.reviews, x.comments
    FROM unnest(@number, @node_id, @updated_at, @reviews, @comments) AS x(number, node_id, updated_at, reviews, comments)
), counted AS (
  INSERT INTO backfill.child_count AS t (repository_id, parent_type, parent_number, parent, reviews, comments, audited_at)
  SELECT @repository_id, @parent_type, number, node_id, reviews, comments, now()
    FROM page
   ORDER BY number
  ON CONFLICT (repository_id, parent_type, parent_number) DO UPDATE SET
    parent = excluded.parent,
    reviews = coalesce(excluded.reviews, t.reviews),
    comments = coalesce(excluded.comments, t.comments),
    read_at = now(),
    audited_at = now()
), stored AS (
  SELECT number, updated_at FROM pull_requests WHERE repository_id = @repository_id AND number = ANY (@number) AND @parent_type = 'pull_request'
  UNION ALL
  SELECT number, updated_at FROM issues WHERE repository_id = @repository_id AND number = ANY (@number) AND @parent_type = 'issue'
  UNION ALL --? discussions
  SELECT number, updated_at FROM discussions WHERE repository_id = @repository_id AND number = ANY (@number) AND @parent_type = 'discussion' --? discussions
)
INSERT INTO backfill.sync_gap (repository_id, entity, parent, parent_number, cause, run_id)
SELECT @repository_id, @entity, p.node_id, p.number,
       CASE WHEN s.number IS NULL THEN 'an audit found it missing' ELSE 'an audit found an older state of it stored' END, @run_id
  FROM page p
  LEFT JOIN stored s ON s.number = p.number
 WHERE (s.number IS NULL AND (@from::timestamptz IS NULL OR p.updated_at >= @from))
    OR s.updated_at < p.updated_at
ON CONFLICT (repository_id, entity, parent) DO NOTHING
