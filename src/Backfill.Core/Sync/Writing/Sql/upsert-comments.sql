-- GitHub numbers issue comments and review comments apart. Where the table holds each id only once, the later one of the
-- two is stored under its negative id; a row of the other kind, or of another repository, is never written over. A comment
-- that has its row under the negative id keeps it, also while another writer gave the positive one the same kind.
WITH given AS (
  SELECT x.*,
         --? begin !comments(github_id,comment_type)
         CASE WHEN EXISTS (SELECT FROM comments o
                            WHERE o.github_id = x.github_id
                              AND (o.comment_type <> x.comment_type OR o.repository_id <> @repository_id))
                OR EXISTS (SELECT FROM comments o
                            WHERE o.github_id = -x.github_id
                              AND (o.comment_type = x.comment_type) IS TRUE
                              AND (o.repository_id = @repository_id) IS TRUE
                              AND (o.created_at = x.created_at) IS TRUE)
              THEN -x.github_id ELSE x.github_id END AS stored_id
         --? end
         x.github_id AS stored_id --? comments(github_id,comment_type)
    FROM unnest(@github_id, @pull_github_id, @issue_github_id, @body, @created_at, @updated_at, @comment_type, @reply_to,
                @position, @original_position, @diff_hunk, @path, @commit_id, @original_commit_id, @author_github_id, @parent_number)
         AS x(github_id, pull_github_id, issue_github_id, body, created_at, updated_at, comment_type, reply_to,
              position, original_position, diff_hunk, path, commit_id, original_commit_id, author_github_id,
              parent_number)
), stored AS MATERIALIZED (
  SELECT t.*, p.digest = n.digest AS is_proven, p.digest <> n.digest AND p.shape =
    --? include Sync/Writing/Sql/shape-comments
    AS is_altered
    FROM given x
   -- LIMIT 1 keeps each look-up in its index: a join would read whole tables for every page, and plan without statistics.
   CROSS JOIN LATERAL (SELECT * FROM comments
                        WHERE github_id = x.stored_id AND (comment_type = x.comment_type) IS TRUE LIMIT 1) t
   CROSS JOIN LATERAL (SELECT
     --? include Sync/Writing/Sql/digest-comments
     AS digest) n
    LEFT JOIN LATERAL (SELECT digest, shape FROM backfill.row_proof
                        WHERE github_id = t.github_id AND entity
                        --? include Sync/Writing/Sql/proof-of-comments
                        LIMIT 1) p ON true
), wrong AS (
  SELECT count(*) AS rows
    FROM given x
    JOIN stored t ON t.github_id = x.stored_id
   WHERE t.repository_id = @repository_id
     AND (t.commenter_id IS NULL
          OR t.updated_at > now() + interval '1 hour'
          OR (t.updated_at = x.updated_at AND t.body <> x.body)
          OR t.is_altered)
), written AS (
  INSERT INTO comments AS t (
    github_id, repository_id, pull_request_id, issue_id, commenter_id, body, created_at, updated_at, comment_type,
    in_reply_to_id, --? comments.in_reply_to_id
    position, --? comments.position
    original_position, --? comments.original_position
    diff_hunk, --? comments.diff_hunk
    path, --? comments.path
    original_commit_id, --? comments.original_commit_id
    commit_id
  )
  SELECT
    x.stored_id, @repository_id, p.id, i.id, coalesce(commenter.id, known.commenter_id), x.body, x.created_at, x.updated_at, x.comment_type,
    coalesce(parent.id, known.in_reply_to_id), --? comments.in_reply_to_id
    x.position, --? comments.position
    x.original_position, --? comments.original_position
    coalesce(x.diff_hunk, known.diff_hunk), --? comments.diff_hunk
    coalesce(x.path, known.path), --? comments.path
    coalesce(x.original_commit_id, known.original_commit_id), --? comments.original_commit_id
    coalesce(x.commit_id, known.commit_id)
    FROM given x
    -- See link-replies.sql for IS TRUE and ORDER BY.
    LEFT JOIN LATERAL (SELECT id FROM pull_requests WHERE github_id = x.pull_github_id LIMIT 1) p ON true
    LEFT JOIN LATERAL (SELECT id FROM issues WHERE github_id = x.issue_github_id LIMIT 1) i ON true
    LEFT JOIN LATERAL (SELECT id FROM contributors WHERE github_id = x.author_github_id LIMIT 1) commenter ON true
    --? begin comments.in_reply_to_id
    LEFT JOIN LATERAL (SELECT id FROM comments
                        WHERE github_id IN (x.reply_to, -x.reply_to)
                          AND (comment_type = x.comment_type) IS TRUE
                          AND (repository_id = @repository_id) IS TRUE
                        ORDER BY pull_request_id IS DISTINCT FROM p.id LIMIT 1) parent ON true
    --? end
    -- Where GitHub left a value out, the stored one stays, unless another program altered the row.
    LEFT JOIN stored known ON known.github_id = x.stored_id AND known.is_altered IS NOT TRUE
   WHERE p.id IS NOT NULL OR i.id IS NOT NULL
   ORDER BY x.stored_id
  ON CONFLICT (github_id, comment_type) DO UPDATE SET --? comments(github_id,comment_type)
  ON CONFLICT (github_id) DO UPDATE SET --? !comments(github_id,comment_type)
    pull_request_id = excluded.pull_request_id,
    issue_id = excluded.issue_id,
    commenter_id = excluded.commenter_id,
    body = excluded.body,
    created_at = excluded.created_at,
    updated_at = excluded.updated_at,
    in_reply_to_id = excluded.in_reply_to_id, --? comments.in_reply_to_id
    position = excluded.position, --? comments.position
    original_position = excluded.original_position, --? comments.original_position
    diff_hunk = excluded.diff_hunk, --? comments.diff_hunk
    path = excluded.path, --? comments.path
    original_commit_id = excluded.original_commit_id, --? comments.original_commit_id
    commit_id = excluded.commit_id
  WHERE (excluded.updated_at >= t.updated_at OR t.updated_at > now() + interval '1 hour'
         OR EXISTS (SELECT FROM stored s WHERE s.github_id = t.github_id AND s.is_proven IS NOT TRUE))
    AND t.repository_id = excluded.repository_id
    AND t.comment_type = excluded.comment_type
  RETURNING xmax = 0 AS added, t.github_id,
    (CASE t.comment_type WHEN 'review_comment' THEN 'v' ELSE 'c' END)::"char" AS entity,
    --? include Sync/Writing/Sql/digest-comments
    AS digest
), proven AS (
  INSERT INTO backfill.row_proof (github_id, entity, digest, parent_number, shape)
  SELECT w.github_id, w.entity, w.digest, x.parent_number,
    --? include Sync/Writing/Sql/shape-comments
    FROM written w
    JOIN given x ON x.stored_id = w.github_id
  ON CONFLICT (github_id, entity) DO UPDATE SET
    digest = excluded.digest, shape = excluded.shape, read_at = excluded.read_at, parent_number = excluded.parent_number
)
SELECT count(*) FILTER (WHERE added), count(*) FILTER (WHERE NOT added), (SELECT rows FROM wrong) FROM written
