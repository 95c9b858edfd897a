-- See upsert-pull-requests.sql for what counts as stored wrongly.
WITH given AS (
  SELECT *
    FROM unnest(@github_id, @number, @title, @body, @state, @created_at, @updated_at, @closed_at, @labels, @assignees,
                @milestone, @comments_count, @author_github_id)
         AS x(github_id, number, title, body, state, created_at, updated_at, closed_at, labels, assignees,
              milestone, comments_count, author_github_id)
), stored AS MATERIALIZED (
  SELECT t.*, p.digest = n.digest AS is_proven, p.digest <> n.digest AND p.shape =
    --? include Sync/Writing/Sql/shape-issues
    AS is_altered
    FROM given x
   -- LIMIT 1 keeps each look-up in its index: a join would read whole tables for every page, and plan without statistics.
   CROSS JOIN LATERAL (SELECT * FROM issues WHERE github_id = x.github_id LIMIT 1) t
   CROSS JOIN LATERAL (SELECT
     --? include Sync/Writing/Sql/digest-issues
     AS digest) n
    LEFT JOIN LATERAL (SELECT digest, shape FROM backfill.row_proof
                        WHERE github_id = t.github_id AND entity = 'i' LIMIT 1) p ON true
), wrong AS (
  SELECT count(*) AS rows
    FROM given x
    JOIN stored t ON t.github_id = x.github_id
   WHERE t.author_id IS NULL
      OR (t.state = 'closed') IS DISTINCT FROM (t.closed_at IS NOT NULL)
      OR t.is_pull_request --? issues.is_pull_request
      OR t.repository_id IS DISTINCT FROM @repository_id
      OR t.updated_at > now() + interval '1 hour'
      OR (t.updated_at = x.updated_at
          AND (t.state, t.number, t.title, t.closed_at) IS DISTINCT FROM (x.state, x.number, x.title, x.closed_at))
      OR (t.updated_at = x.updated_at AND t.body IS DISTINCT FROM coalesce(x.body, t.body))
      OR t.is_altered
), written AS (
  INSERT INTO issues AS t (
    github_id, number, title, body, state, repository_id, author_id, created_at, updated_at, closed_at,
    labels, --? issues.labels
    assignees, --? issues.assignees
    milestone, --? issues.milestone
    comments_count, --? issues.comments_count
    is_pull_request, --? issues.is_pull_request
    last_synced_at
  )
  SELECT
    x.github_id, x.number, x.title, coalesce(x.body, known.body), x.state, @repository_id, coalesce(author.id, known.author_id), x.created_at, x.updated_at, x.closed_at,
    coalesce(x.labels::jsonb, known.labels::jsonb, '[]'), --? issues.labels
    coalesce(x.assignees::jsonb, known.assignees::jsonb, '[]'), --? issues.assignees
    x.milestone::jsonb, --? issues.milestone
    coalesce(x.comments_count, known.comments_count), --? issues.comments_count
    false, --? issues.is_pull_request
    now()
    FROM given x
    LEFT JOIN LATERAL (SELECT id FROM contributors WHERE github_id = x.author_github_id LIMIT 1) author ON true
    -- Where GitHub left a value out, the stored one stays, unless another program altered the row.
    LEFT JOIN stored known ON known.github_id = x.github_id AND known.is_altered IS NOT TRUE
   ORDER BY x.github_id
  ON CONFLICT (github_id) DO UPDATE SET
    number = excluded.number,
    title = excluded.title,
    body = excluded.body,
    state = excluded.state,
    repository_id = excluded.repository_id,
    author_id = excluded.author_id,
    created_at = excluded.created_at,
    updated_at = excluded.updated_at,
    closed_at = excluded.closed_at,
    labels = excluded.labels, --? issues.labels
    assignees = excluded.assignees, --? issues.assignees
    milestone = excluded.milestone, --? issues.milestone
    comments_count = excluded.comments_count, --? issues.comments_count
    is_pull_request = false, --? issues.is_pull_request
    last_synced_at = excluded.last_synced_at
  WHERE excluded.updated_at >= t.updated_at OR t.updated_at > now() + interval '1 hour'
     OR EXISTS (SELECT FROM stored s WHERE s.github_id = t.github_id AND s.is_proven IS NOT TRUE)
  RETURNING xmax = 0 AS added, t.github_id,
    --? include Sync/Writing/Sql/digest-issues
    AS digest
), proven AS (
  INSERT INTO backfill.row_proof (github_id, entity, digest, shape)
  SELECT github_id, 'i', digest,
    --? include Sync/Writing/Sql/shape-issues
    FROM written
  ON CONFLICT (github_id, entity) DO UPDATE SET
    digest = excluded.digest, shape = excluded.shape, read_at = excluded.read_at
)
SELECT count(*) FILTER (WHERE added), count(*) FILTER (WHERE NOT added), (SELECT rows FROM wrong) FROM written
