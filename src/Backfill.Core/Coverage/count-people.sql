-- By repository: its authors; those without a row in contributors (orphans); authors of discussions, by GitHub's number, without a
-- row (missing); and authors whose login differs from another's only in case (twice), who are bots marked as humans (humans), or
-- whose row has another github_id than the account of the login (mistaken).
WITH author AS MATERIALIZED (
  -- DISTINCT in each part runs in parallel.
  SELECT DISTINCT repository_id, author_id AS id FROM pull_requests WHERE repository_id = ANY (@repository_ids)
  UNION SELECT DISTINCT repository_id, author_id FROM issues WHERE repository_id = ANY (@repository_ids)
  UNION SELECT DISTINCT repository_id, author_id FROM reviews WHERE repository_id = ANY (@repository_ids)
  UNION SELECT DISTINCT repository_id, commenter_id FROM comments WHERE repository_id = ANY (@repository_ids)
), person AS MATERIALIZED (
  -- LATERAL looks each author up by its key. With a join, PostgreSQL expects as many authors as items and reads all contributors.
  SELECT c.id, c.github_id, c.username, c.is_bot
    FROM (SELECT DISTINCT id FROM author) a CROSS JOIN LATERAL (SELECT * FROM contributors WHERE id = a.id LIMIT 1) c
), twice AS MATERIALIZED (
  SELECT lower(username) AS login
    FROM contributors
   WHERE lower(username) IN (SELECT lower(username) FROM person)
   GROUP BY 1
  HAVING count(*) > 1
), judged AS MATERIALIZED (
  SELECT p.id,
         t.login IS NOT NULL AS is_twice,
         p.is_bot IS NOT TRUE
         AND (p.username ~* E'(\\[bot\\]|-bot)$'
              OR lower(p.username) IN ('dependabot', 'renovate', 'github-actions', 'continue', 'snyk')
              OR EXISTS (SELECT FROM backfill.actor a WHERE a.github_id = p.github_id AND a.kind = 'Bot')) AS is_human,
         NOT EXISTS (SELECT FROM backfill.actor a WHERE a.github_id = p.github_id)
         AND EXISTS (SELECT FROM backfill.actor a WHERE a.login = p.username) AS is_mistaken
    FROM person p
    LEFT JOIN twice t ON t.login = lower(p.username)
), missing AS (
  SELECT NULL::uuid AS repository_id, 0::bigint AS people WHERE false --? !discussions
  --? begin discussions
  SELECT n.repository_id, count(*) AS people
    FROM (SELECT d.repository_id, d.author_id FROM discussions d WHERE d.repository_id = ANY (@repository_ids)
          UNION SELECT d.repository_id, m.author_id FROM discussion_comments m JOIN discussions d ON d.id = m.discussion_id WHERE d.repository_id = ANY (@repository_ids) --? discussion_comments
         ) n
   WHERE n.author_id IS NOT NULL AND NOT EXISTS (SELECT FROM contributors c WHERE c.github_id = n.author_id)
   GROUP BY n.repository_id
  --? end
)
SELECT r.repository_id,
       count(*) FILTER (WHERE a.id IS NOT NULL AND j.id IS NULL) AS orphans,
       count(j.id) AS people,
       coalesce(max(m.people), 0) AS missing,
       count(*) FILTER (WHERE j.is_twice) AS twice,
       count(*) FILTER (WHERE j.is_human) AS humans,
       count(*) FILTER (WHERE j.is_mistaken) AS mistaken
  FROM unnest(@repository_ids) r (repository_id)
  LEFT JOIN missing m ON m.repository_id = r.repository_id
  LEFT JOIN author a ON a.repository_id = r.repository_id
  LEFT JOIN judged j ON j.id = a.id
 GROUP BY r.repository_id
