-- A row was stored wrongly by another writer when it has GitHub's version and other values, contradicts itself, or differs from
-- its digest. It is repaired and counted. No version of GitHub's is from the future. A list or a count that GitHub left out
-- (null) stays as it is stored. A row whose digest is proven keeps the later version; any other row takes GitHub's response.
WITH given AS (
  SELECT *
    FROM unnest(@github_id, @number, @title, @body, @state, @head_branch, @base_branch, @created_at, @updated_at,
                @merged_at, @closed_at, @draft, @mergeable, @additions, @deletions, @changed_files, @commits, @html_url,
                @labels, @author_login, @author_github_id, @assignee_github_id, @merger_github_id)
         AS x(github_id, number, title, body, state, head_branch, base_branch, created_at, updated_at,
              merged_at, closed_at, draft, mergeable, additions, deletions, changed_files, commits, html_url,
              labels, author_login, author_github_id, assignee_github_id, merger_github_id)
), stored AS MATERIALIZED (
  SELECT t.*, p.digest = n.digest AS is_proven, p.digest <> n.digest AND p.shape =
    --? include Sync/Writing/Sql/shape-pull-requests
    AS is_altered
    FROM given x
   -- LIMIT 1 keeps each look-up in its index: a join would read whole tables for every page, and plan without statistics.
   CROSS JOIN LATERAL (SELECT * FROM pull_requests WHERE github_id = x.github_id LIMIT 1) t
   CROSS JOIN LATERAL (SELECT
     --? include Sync/Writing/Sql/digest-pull-requests
     AS digest) n
    LEFT JOIN LATERAL (SELECT digest, shape FROM backfill.row_proof
                        WHERE github_id = t.github_id AND entity = 'p' LIMIT 1) p ON true
), wrong AS (
  SELECT count(*) AS rows
    FROM given x
    JOIN stored t ON t.github_id = x.github_id
   WHERE t.author_id IS NULL
      OR (t.state = 'merged') <> (t.merged_at IS NOT NULL)
      OR t.merged IS DISTINCT FROM (t.state = 'merged')
      OR t.repository_id IS DISTINCT FROM @repository_id
      OR t.updated_at > now() + interval '1 hour'
      OR (t.updated_at = x.updated_at
          AND (t.state, t.number, t.title, t.merged_at, t.closed_at)
              IS DISTINCT FROM (x.state, x.number, x.title, x.merged_at, x.closed_at))
      OR (t.updated_at = x.updated_at AND t.body IS DISTINCT FROM coalesce(x.body, t.body))
      OR t.is_altered
), written AS (
  INSERT INTO pull_requests AS t (
    github_id, number, title, body, state, repository_id, author_id, head_branch, created_at, updated_at,
    repository_full_name, base_branch, merged, merged_at, closed_at,
    assignee_id, --? pull_requests.assignee_id
    merged_by_id, --? pull_requests.merged_by_id
    draft, --? pull_requests.draft
    mergeable, --? pull_requests.mergeable
    additions, --? pull_requests.additions
    deletions, --? pull_requests.deletions
    changed_files, --? pull_requests.changed_files
    commits, --? pull_requests.commits
    html_url, --? pull_requests.html_url
    labels, --? pull_requests.labels
    author_login, --? pull_requests.author_login
    author_github_id, --? pull_requests.author_github_id
    repository_github_id, --? pull_requests.repository_github_id
    _dlt_id, --? *pull_requests._dlt_id
    _dlt_load_id, --? *pull_requests._dlt_load_id
    last_synced_at
  )
  SELECT
    x.github_id, x.number, x.title, coalesce(x.body, known.body), x.state, @repository_id, coalesce(author.id, known.author_id), x.head_branch, x.created_at, x.updated_at,
    @repository_full_name, x.base_branch, x.state = 'merged', x.merged_at, x.closed_at,
    assignee.id, --? pull_requests.assignee_id
    merger.id, --? pull_requests.merged_by_id
    x.draft, --? pull_requests.draft
    coalesce(x.mergeable, known.mergeable), --? pull_requests.mergeable
    x.additions, --? pull_requests.additions
    x.deletions, --? pull_requests.deletions
    x.changed_files, --? pull_requests.changed_files
    coalesce(x.commits, known.commits), --? pull_requests.commits
    x.html_url, --? pull_requests.html_url
    coalesce(x.labels::jsonb, known.labels::jsonb, '[]'), --? pull_requests.labels
    x.author_login, --? pull_requests.author_login
    x.author_github_id, --? pull_requests.author_github_id
    @repository_github_id, --? pull_requests.repository_github_id
    'backfill:' || x.github_id, --? *pull_requests._dlt_id
    'backfill', --? *pull_requests._dlt_load_id
    now()
    FROM given x
    LEFT JOIN LATERAL (SELECT id FROM contributors WHERE github_id = x.author_github_id LIMIT 1) author ON true
    LEFT JOIN LATERAL (SELECT id FROM contributors WHERE github_id = x.assignee_github_id LIMIT 1) assignee ON true
    LEFT JOIN LATERAL (SELECT id FROM contributors WHERE github_id = x.merger_github_id LIMIT 1) merger ON true
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
    head_branch = excluded.head_branch,
    created_at = excluded.created_at,
    updated_at = excluded.updated_at,
    repository_full_name = excluded.repository_full_name,
    base_branch = excluded.base_branch,
    merged = excluded.merged,
    merged_at = excluded.merged_at,
    closed_at = excluded.closed_at,
    assignee_id = excluded.assignee_id, --? pull_requests.assignee_id
    merged_by_id = excluded.merged_by_id, --? pull_requests.merged_by_id
    draft = excluded.draft, --? pull_requests.draft
    mergeable = excluded.mergeable, --? pull_requests.mergeable
    additions = excluded.additions, --? pull_requests.additions
    deletions = excluded.deletions, --? pull_requests.deletions
    changed_files = excluded.changed_files, --? pull_requests.changed_files
    commits = excluded.commits, --? pull_requests.commits
    html_url = excluded.html_url, --? pull_requests.html_url
    labels = excluded.labels, --? pull_requests.labels
    author_login = excluded.author_login, --? pull_requests.author_login
    author_github_id = excluded.author_github_id, --? pull_requests.author_github_id
    repository_github_id = excluded.repository_github_id, --? pull_requests.repository_github_id
    last_synced_at = excluded.last_synced_at
  WHERE excluded.updated_at >= t.updated_at OR t.updated_at > now() + interval '1 hour'
     OR EXISTS (SELECT FROM stored s WHERE s.github_id = t.github_id AND s.is_proven IS NOT TRUE)
  RETURNING xmax = 0 AS added, t.github_id,
    --? include Sync/Writing/Sql/digest-pull-requests
    AS digest
), proven AS (
  INSERT INTO backfill.row_proof (github_id, entity, digest, shape)
  SELECT github_id, 'p', digest,
    --? include Sync/Writing/Sql/shape-pull-requests
    FROM written
  ON CONFLICT (github_id, entity) DO UPDATE SET
    digest = excluded.digest, shape = excluded.shape, read_at = excluded.read_at
)
SELECT count(*) FILTER (WHERE added), count(*) FILTER (WHERE NOT added), (SELECT rows FROM wrong) FROM written
