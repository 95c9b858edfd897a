-- A bot that another writer took for a human is repaired and counted. Only a row that was altered since the tool wrote it can
-- turn from a bot into a human. A bot's row is locked before it is counted: of two pages with the same bot the second finds it
-- repaired.
WITH wrong AS (
  SELECT count(*) AS rows
    FROM (SELECT * FROM unnest(@github_id, @is_bot) AS x(github_id, is_bot) WHERE x.is_bot ORDER BY 1) x
   CROSS JOIN LATERAL (SELECT true FROM contributors
                        WHERE github_id = x.github_id AND is_bot IS NOT TRUE LIMIT 1 FOR UPDATE) t
), written AS (
  INSERT INTO contributors AS t (
    github_id,
    username,
    avatar_url, --? contributors.avatar_url
    profile_url, --? contributors.profile_url
    is_bot
  )
  SELECT
    x.github_id,
    x.username,
    x.avatar_url, --? contributors.avatar_url
    x.profile_url, --? contributors.profile_url
    x.is_bot
    FROM unnest(@github_id, @username, @avatar_url, @profile_url, @is_bot)
         AS x(github_id, username, avatar_url, profile_url, is_bot)
    -- Most are known and unchanged. Even to leave such a row as it is, the upsert would lock it, and every other page with
    -- the same author would wait for this one.
    LEFT JOIN LATERAL (
      SELECT true AS unchanged FROM contributors t
       WHERE t.github_id = x.github_id
         AND t.username = x.username
         AND t.avatar_url IS NOT DISTINCT FROM coalesce(x.avatar_url, t.avatar_url) --? contributors.avatar_url
         AND t.profile_url IS NOT DISTINCT FROM coalesce(x.profile_url, t.profile_url) --? contributors.profile_url
         AND (t.is_bot OR NOT x.is_bot)
         AND EXISTS (SELECT FROM backfill.row_proof p
           WHERE p.github_id = t.github_id AND p.entity = 'u' AND p.digest =
             --? include Sync/Writing/Sql/digest-accounts
            )
       LIMIT 1) known ON true
   -- Counts before anything is written: a statement does not lock again what it changed itself.
   WHERE known.unchanged IS NULL AND (SELECT rows FROM wrong) IS NOT NULL
   ORDER BY x.github_id
  ON CONFLICT (github_id) DO UPDATE SET
    username = excluded.username,
    avatar_url = coalesce(excluded.avatar_url, t.avatar_url), --? contributors.avatar_url
    profile_url = coalesce(excluded.profile_url, t.profile_url), --? contributors.profile_url
    is_bot = excluded.is_bot OR (t.is_bot IS TRUE AND NOT EXISTS (SELECT FROM backfill.row_proof p
        WHERE p.github_id = t.github_id AND p.entity = 'u' AND p.shape =
          --? include Sync/Writing/Sql/shape-accounts
          AND p.digest <>
          --? include Sync/Writing/Sql/digest-accounts
         ))
  WHERE t.username IS DISTINCT FROM excluded.username
     OR t.avatar_url IS DISTINCT FROM coalesce(excluded.avatar_url, t.avatar_url) --? contributors.avatar_url
     OR t.profile_url IS DISTINCT FROM coalesce(excluded.profile_url, t.profile_url) --? contributors.profile_url
     OR t.is_bot IS DISTINCT FROM (t.is_bot IS TRUE OR excluded.is_bot)
     OR NOT EXISTS (SELECT FROM backfill.row_proof p
       WHERE p.github_id = t.github_id AND p.entity = 'u' AND p.digest =
         --? include Sync/Writing/Sql/digest-accounts
        )
  RETURNING xmax = 0 AS added, t.github_id,
    --? include Sync/Writing/Sql/digest-accounts
    AS digest
), proven AS (
  INSERT INTO backfill.row_proof (github_id, entity, digest, shape)
  SELECT github_id, 'u', digest,
    --? include Sync/Writing/Sql/shape-accounts
    FROM written
  ON CONFLICT (github_id, entity) DO UPDATE SET
    digest = excluded.digest, shape = excluded.shape, read_at = excluded.read_at
)
SELECT count(*) FILTER (WHERE added), count(*) FILTER (WHERE NOT added), (SELECT rows FROM wrong) FROM written
