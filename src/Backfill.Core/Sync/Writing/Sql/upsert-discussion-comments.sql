-- Parents and replies in one statement: the foreign key between them is checked at its end. A number of
-- replies that GitHub left out (null) stays as it is stored.
WITH given AS (
  SELECT *
    FROM unnest(@id, @github_id, @discussion_id, @discussion_number, @parent_comment_id, @author_github_id, @author_login,
                @body, @created_at, @updated_at, @is_answer, @upvote_count, @reply_count)
         AS x(id, github_id, discussion_id, discussion_number, parent_comment_id, author_github_id, author_login,
              body, created_at, updated_at, is_answer, upvote_count, reply_count)
), stored AS MATERIALIZED (
  SELECT t.*, p.digest = n.digest AS is_proven, p.digest <> n.digest AND p.shape =
    --? include Sync/Writing/Sql/shape-discussion-comments
    AS is_altered
    FROM given x
   -- LIMIT 1 keeps each look-up in its index: a join would read whole tables for every page, and plan without statistics.
   CROSS JOIN LATERAL (SELECT * FROM discussion_comments WHERE id = x.id LIMIT 1) t
   CROSS JOIN LATERAL (SELECT
     --? include Sync/Writing/Sql/digest-discussion-comments
     AS digest) n
    LEFT JOIN LATERAL (SELECT digest, shape FROM backfill.row_proof
                        WHERE github_id = t.github_id AND entity = 'm' LIMIT 1) p ON true
), wrong AS (
  SELECT count(*) AS rows
    FROM given x
    JOIN stored t ON t.id = x.id
   WHERE t.author_id IS NULL OR t.updated_at > now() + interval '1 hour'
      OR t.is_altered
), written AS (
  INSERT INTO discussion_comments AS t (
    id, github_id, discussion_id, discussion_number, parent_comment_id, author_id, author_login, body,
    created_at, updated_at,
    is_answer, --? discussion_comments.is_answer
    upvote_count, --? discussion_comments.upvote_count
    synced_at, --? discussion_comments.synced_at
    reply_count
  )
  SELECT
    x.id, x.github_id, x.discussion_id, x.discussion_number, x.parent_comment_id, x.author_github_id, x.author_login, coalesce(x.body, known.body),
    x.created_at, x.updated_at,
    x.is_answer, --? discussion_comments.is_answer
    x.upvote_count, --? discussion_comments.upvote_count
    now(), --? discussion_comments.synced_at
    coalesce(x.reply_count, known.reply_count, 0)
    FROM given x
    -- Where GitHub left a value out, the stored one stays, unless another program altered the row.
    LEFT JOIN stored known ON known.id = x.id AND known.is_altered IS NOT TRUE
   ORDER BY x.id
  ON CONFLICT (id) DO UPDATE SET
    github_id = excluded.github_id,
    discussion_id = excluded.discussion_id,
    discussion_number = excluded.discussion_number,
    parent_comment_id = excluded.parent_comment_id,
    author_id = excluded.author_id,
    author_login = excluded.author_login,
    body = excluded.body,
    created_at = excluded.created_at,
    updated_at = excluded.updated_at,
    is_answer = excluded.is_answer, --? discussion_comments.is_answer
    upvote_count = excluded.upvote_count, --? discussion_comments.upvote_count
    synced_at = excluded.synced_at, --? discussion_comments.synced_at
    reply_count = excluded.reply_count
  WHERE excluded.updated_at >= t.updated_at OR t.updated_at > now() + interval '1 hour'
     OR EXISTS (SELECT FROM stored s WHERE s.id = t.id AND s.is_proven IS NOT TRUE)
  RETURNING xmax = 0 AS added, t.github_id,
    --? include Sync/Writing/Sql/digest-discussion-comments
    AS digest
), proven AS (
  INSERT INTO backfill.row_proof (github_id, entity, digest, shape)
  SELECT github_id, 'm', digest,
    --? include Sync/Writing/Sql/shape-discussion-comments
    FROM written
  ON CONFLICT (github_id, entity) DO UPDATE SET
    digest = excluded.digest, shape = excluded.shape, read_at = excluded.read_at
)
SELECT count(*) FILTER (WHERE added), count(*) FILTER (WHERE NOT added), (SELECT rows FROM wrong) FROM written
