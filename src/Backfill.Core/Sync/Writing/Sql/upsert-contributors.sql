-- A bot that another writer took for a human is repaired and counted; nothing makes a bot human. Its row is locked before it
-- is counted: of two pages with the same bot the second finds it repaired.
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
      SELECT true AS unchanged FROM contributors c
       WHERE c.github_id = x.github_id
         AND c.username = x.username
         AND c.avatar_url IS NOT DISTINCT FROM coalesce(x.avatar_url, c.avatar_url) --? contributors.avatar_url
         AND c.profile_url IS NOT DISTINCT FROM coalesce(x.profile_url, c.profile_url) --? contributors.profile_url
         AND (c.is_bot OR NOT x.is_bot)
       LIMIT 1) known ON true
   -- Counts before anything is written: a statement does not lock again what it changed itself.
   WHERE known.unchanged IS NULL AND (SELECT rows FROM wrong) IS NOT NULL
   ORDER BY x.github_id
  ON CONFLICT (github_id) DO UPDATE SET
    username = excluded.username,
    avatar_url = coalesce(excluded.avatar_url, t.avatar_url), --? contributors.avatar_url
    profile_url = coalesce(excluded.profile_url, t.profile_url), --? contributors.profile_url
    is_bot = t.is_bot IS TRUE OR excluded.is_bot
  WHERE t.username IS DISTINCT FROM excluded.username
     OR t.avatar_url IS DISTINCT FROM coalesce(excluded.avatar_url, t.avatar_url) --? contributors.avatar_url
     OR t.profile_url IS DISTINCT FROM coalesce(excluded.profile_url, t.profile_url) --? contributors.profile_url
     OR t.is_bot IS DISTINCT FROM (t.is_bot IS TRUE OR excluded.is_bot)
  RETURNING xmax = 0 AS added
)
SELECT count(*) FILTER (WHERE added), count(*) FILTER (WHERE NOT added), (SELECT rows FROM wrong) FROM written
