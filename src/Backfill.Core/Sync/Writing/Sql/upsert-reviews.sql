-- The table has no source timestamp: under the repository's lease the later read wins.
WITH given AS (
  SELECT *
    FROM unnest(@github_id, @pull_github_id, @state, @body, @submitted_at, @commit_id, @author_github_id)
         AS x(github_id, pull_github_id, state, body, submitted_at, commit_id, author_github_id)
), stored AS MATERIALIZED (
  SELECT t.*, p.digest = n.digest AS is_proven, p.digest <> n.digest AND p.shape =
    --? include Sync/Writing/Sql/shape-reviews
    AS is_altered
    FROM given x
   -- LIMIT 1 keeps each look-up in its index: a join would read whole tables for every page, and plan without statistics.
   CROSS JOIN LATERAL (SELECT * FROM reviews WHERE github_id = x.github_id LIMIT 1) t
   CROSS JOIN LATERAL (SELECT
     --? include Sync/Writing/Sql/digest-reviews
     AS digest) n
    LEFT JOIN LATERAL (SELECT digest, shape FROM backfill.row_proof
                        WHERE github_id = t.github_id AND entity = 'r' LIMIT 1) p ON true
), wrong AS (
  SELECT count(*) AS rows
    FROM given x
    JOIN stored t ON t.github_id = x.github_id
    LEFT JOIN LATERAL (SELECT id FROM pull_requests WHERE github_id = x.pull_github_id LIMIT 1) p ON true
   WHERE t.pull_request_id <> p.id
      OR t.reviewer_id IS NULL --? reviews.reviewer_id
      OR t.repository_id <> @repository_id
      OR t.is_altered
), written AS (
  INSERT INTO reviews AS t (
    github_id, pull_request_id, repository_id, author_id, state, body, submitted_at,
    reviewer_id, --? reviews.reviewer_id
    commit_id
  )
  SELECT
    x.github_id, p.id, @repository_id, author.id, x.state, coalesce(x.body, known.body), x.submitted_at,
    author.id, --? reviews.reviewer_id
    coalesce(x.commit_id, known.commit_id)
    FROM given x
    CROSS JOIN LATERAL (SELECT id FROM pull_requests WHERE github_id = x.pull_github_id LIMIT 1) p
    LEFT JOIN LATERAL (SELECT id FROM contributors WHERE github_id = x.author_github_id LIMIT 1) author ON true
    -- Where GitHub left a value out, the stored one stays, unless another program altered the row.
    LEFT JOIN stored known ON known.github_id = x.github_id AND known.is_altered IS NOT TRUE
   ORDER BY x.github_id
  ON CONFLICT (github_id) DO UPDATE SET
    pull_request_id = excluded.pull_request_id,
    repository_id = excluded.repository_id,
    author_id = excluded.author_id,
    state = excluded.state,
    body = excluded.body,
    submitted_at = excluded.submitted_at,
    reviewer_id = excluded.reviewer_id, --? reviews.reviewer_id
    commit_id = excluded.commit_id
  RETURNING xmax = 0 AS added, t.github_id,
    --? include Sync/Writing/Sql/digest-reviews
    AS digest
), proven AS (
  INSERT INTO backfill.row_proof (github_id, entity, digest, shape)
  SELECT github_id, 'r', digest,
    --? include Sync/Writing/Sql/shape-reviews
    FROM written
  ON CONFLICT (github_id, entity) DO UPDATE SET
    digest = excluded.digest, shape = excluded.shape, read_at = excluded.read_at
)
SELECT count(*) FILTER (WHERE added), count(*) FILTER (WHERE NOT added), (SELECT rows FROM wrong) FROM written
