-- Every profile has these texts, so a text that is null is empty at GitHub. Only users have the numbers: where GitHub has none,
-- the stored number stays, unless another program altered the row.
WITH given AS (
  SELECT x.*, EXISTS (SELECT FROM contributors t
                       CROSS JOIN LATERAL (SELECT true FROM backfill.row_proof p
                           WHERE p.github_id = t.github_id AND p.entity = 'f' AND p.shape =
                             --? include Sync/Writing/Sql/shape-profiles
                             AND p.digest <>
                             --? include Sync/Writing/Sql/digest-profiles
                            ) altered
                       WHERE t.github_id = x.github_id) AS is_altered
    FROM unnest(@github_id, @display_name, @company, @location, @bio, @blog, @public_repos, @public_gists, @followers,
                @following, @github_created_at)
         AS x(github_id, display_name, company, location, bio, blog, public_repos, public_gists, followers,
              following, github_created_at)
), written AS (
  UPDATE contributors t
     SET
         display_name = x.display_name, --? contributors.display_name
         company = x.company, --? contributors.company
         location = x.location, --? contributors.location
         bio = x.bio, --? contributors.bio
         blog = x.blog, --? contributors.blog
         public_repos = CASE WHEN x.is_altered THEN x.public_repos ELSE coalesce(x.public_repos, t.public_repos) END, --? contributors.public_repos
         public_gists = CASE WHEN x.is_altered THEN x.public_gists ELSE coalesce(x.public_gists, t.public_gists) END, --? contributors.public_gists
         followers = CASE WHEN x.is_altered THEN x.followers ELSE coalesce(x.followers, t.followers) END, --? contributors.followers
         following = CASE WHEN x.is_altered THEN x.following ELSE coalesce(x.following, t.following) END, --? contributors.following
         github_created_at = CASE WHEN x.is_altered THEN x.github_created_at ELSE coalesce(x.github_created_at, t.github_created_at) END, --? contributors.github_created_at
         github_id = t.github_id
    FROM given x
   WHERE t.github_id = x.github_id
  RETURNING t.github_id,
    --? include Sync/Writing/Sql/digest-profiles
    AS digest
)
INSERT INTO backfill.row_proof (github_id, entity, digest, shape)
SELECT github_id, 'f', digest,
    --? include Sync/Writing/Sql/shape-profiles
    FROM written ORDER BY github_id
ON CONFLICT (github_id, entity) DO UPDATE SET
    digest = excluded.digest, shape = excluded.shape, read_at = excluded.read_at
