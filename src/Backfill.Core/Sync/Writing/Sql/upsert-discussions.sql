-- See upsert-pull-requests.sql for what counts as stored wrongly.
WITH given AS (
  SELECT *
    FROM unnest(@id, @github_id, @number, @title, @body, @category_id, @category_name, @category_description,
                @category_emoji, @author_github_id, @author_login, @created_at, @updated_at, @is_answered, @answer_id,
                @answer_chosen_at, @answer_chosen_by, @upvote_count, @comment_count, @locked, @url)
         AS x(id, github_id, number, title, body, category_id, category_name, category_description,
              category_emoji, author_github_id, author_login, created_at, updated_at, is_answered, answer_id,
              answer_chosen_at, answer_chosen_by, upvote_count, comment_count, locked, url)
), stored AS MATERIALIZED (
  SELECT t.*, p.digest = n.digest AS is_proven, p.digest <> n.digest AND p.shape =
    --? include Sync/Writing/Sql/shape-discussions
    AS is_altered
    FROM given x
   -- LIMIT 1 keeps each look-up in its index: a join would read whole tables for every page, and plan without statistics.
   CROSS JOIN LATERAL (SELECT * FROM discussions WHERE id = x.id LIMIT 1) t
   CROSS JOIN LATERAL (SELECT
     --? include Sync/Writing/Sql/digest-discussions
     AS digest) n
    LEFT JOIN LATERAL (SELECT digest, shape FROM backfill.row_proof
                        WHERE github_id = t.github_id AND entity = 'd' LIMIT 1) p ON true
), wrong AS (
  SELECT count(*) AS rows
    FROM given x
    JOIN stored t ON t.id = x.id
   WHERE t.author_id IS NULL
      OR t.github_id <> x.github_id
      OR t.repository_id IS DISTINCT FROM @repository_id
      OR t.updated_at > now() + interval '1 hour'
      OR (t.updated_at = x.updated_at AND (t.number, t.title) IS DISTINCT FROM (x.number, x.title))
      OR (t.updated_at = x.updated_at AND t.body IS DISTINCT FROM coalesce(x.body, t.body))
      OR t.is_altered
), written AS (
  INSERT INTO discussions AS t (
    id, github_id, repository_id, number, title, body,
    category_id, --? discussions.category_id
    category_name, --? discussions.category_name
    category_description, --? discussions.category_description
    category_emoji, --? discussions.category_emoji
    author_id, author_login, created_at, updated_at,
    is_answered, --? discussions.is_answered
    answer_id, --? discussions.answer_id
    answer_chosen_at, --? discussions.answer_chosen_at
    answer_chosen_by, --? discussions.answer_chosen_by
    upvote_count, --? discussions.upvote_count
    comment_count, --? discussions.comment_count
    locked, --? discussions.locked
    synced_at, --? discussions.synced_at
    url
  )
  SELECT
    x.id, x.github_id, @repository_id, x.number, x.title, coalesce(x.body, known.body),
    x.category_id, --? discussions.category_id
    x.category_name, --? discussions.category_name
    x.category_description, --? discussions.category_description
    x.category_emoji, --? discussions.category_emoji
    x.author_github_id, x.author_login, x.created_at, x.updated_at,
    x.is_answered, --? discussions.is_answered
    x.answer_id, --? discussions.answer_id
    x.answer_chosen_at, --? discussions.answer_chosen_at
    x.answer_chosen_by, --? discussions.answer_chosen_by
    x.upvote_count, --? discussions.upvote_count
    coalesce(x.comment_count, known.comment_count), --? discussions.comment_count
    x.locked, --? discussions.locked
    now(), --? discussions.synced_at
    x.url
    FROM given x
    -- Where GitHub left a value out, the stored one stays, unless another program altered the row.
    LEFT JOIN stored known ON known.id = x.id AND known.is_altered IS NOT TRUE
   ORDER BY x.id
  ON CONFLICT (id) DO UPDATE SET
    github_id = excluded.github_id,
    repository_id = excluded.repository_id,
    number = excluded.number,
    title = excluded.title,
    body = excluded.body,
    category_id = excluded.category_id, --? discussions.category_id
    category_name = excluded.category_name, --? discussions.category_name
    category_description = excluded.category_description, --? discussions.category_description
    category_emoji = excluded.category_emoji, --? discussions.category_emoji
    author_id = excluded.author_id,
    author_login = excluded.author_login,
    created_at = excluded.created_at,
    updated_at = excluded.updated_at,
    is_answered = excluded.is_answered, --? discussions.is_answered
    answer_id = excluded.answer_id, --? discussions.answer_id
    answer_chosen_at = excluded.answer_chosen_at, --? discussions.answer_chosen_at
    answer_chosen_by = excluded.answer_chosen_by, --? discussions.answer_chosen_by
    upvote_count = excluded.upvote_count, --? discussions.upvote_count
    comment_count = excluded.comment_count, --? discussions.comment_count
    locked = excluded.locked, --? discussions.locked
    synced_at = excluded.synced_at, --? discussions.synced_at
    url = excluded.url
  WHERE excluded.updated_at >= t.updated_at OR t.updated_at > now() + interval '1 hour'
     OR EXISTS (SELECT FROM stored s WHERE s.id = t.id AND s.is_proven IS NOT TRUE)
  RETURNING xmax = 0 AS added, t.github_id,
    --? include Sync/Writing/Sql/digest-discussions
    AS digest
), proven AS (
  INSERT INTO backfill.row_proof (github_id, entity, digest, shape)
  SELECT github_id, 'd', digest,
    --? include Sync/Writing/Sql/shape-discussions
    FROM written
  ON CONFLICT (github_id, entity) DO UPDATE SET
    digest = excluded.digest, shape = excluded.shape, read_at = excluded.read_at
)
SELECT count(*) FILTER (WHERE added), count(*) FILTER (WHERE NOT added), (SELECT rows FROM wrong) FROM written
