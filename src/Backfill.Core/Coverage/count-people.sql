-- The authors of the repository: those without a row in contributors, authors of discussions (by GitHub's number) without a
-- row, rows whose login differs from another's only in case, bots that are marked as humans, and rows with another github_id
-- than the account of their login (mistaken).
WITH author AS (
  SELECT author_id AS id FROM pull_requests WHERE repository_id = @repository_id
  UNION SELECT author_id FROM issues WHERE repository_id = @repository_id
  UNION SELECT author_id FROM reviews WHERE repository_id = @repository_id
  UNION SELECT commenter_id FROM comments WHERE repository_id = @repository_id
), person AS MATERIALIZED (
  -- LATERAL looks each author up by its key. With a join, PostgreSQL expects as many authors as items and reads all contributors.
  SELECT c.id, c.github_id, c.username, c.is_bot
    FROM author a CROSS JOIN LATERAL (SELECT * FROM contributors WHERE id = a.id LIMIT 1) c
)
SELECT (SELECT count(*) FROM author a WHERE a.id IS NOT NULL AND NOT EXISTS (SELECT FROM person p WHERE p.id = a.id)) AS orphans,
       (SELECT count(*) FROM person) AS people,
       0::bigint AS missing, --? !discussions
       --? begin discussions
       (SELECT count(*)
          FROM (SELECT d.author_id FROM discussions d WHERE d.repository_id = @repository_id
                UNION SELECT m.author_id FROM discussion_comments m JOIN discussions d ON d.id = m.discussion_id WHERE d.repository_id = @repository_id --? discussion_comments
               ) n
         WHERE n.author_id IS NOT NULL AND NOT EXISTS (SELECT FROM contributors c WHERE c.github_id = n.author_id)) AS missing,
       --? end
       (SELECT count(*) FROM person p
         WHERE lower(p.username) IN (SELECT lower(c.username) FROM contributors c
                                      WHERE lower(c.username) IN (SELECT lower(username) FROM person)
                                      GROUP BY 1 HAVING count(*) > 1)) AS twice,
       (SELECT count(*) FROM person p
         WHERE p.is_bot IS NOT TRUE
           AND (p.username ~* E'(\\[bot\\]|-bot)$'
                OR lower(p.username) IN ('dependabot', 'renovate', 'github-actions', 'continue', 'snyk')
                OR EXISTS (SELECT FROM backfill.actor a WHERE a.github_id = p.github_id AND a.kind = 'Bot'))) AS humans,
       (SELECT count(*) FROM person p
         WHERE NOT EXISTS (SELECT FROM backfill.actor a WHERE a.github_id = p.github_id)
           AND EXISTS (SELECT FROM backfill.actor a WHERE a.login = p.username)) AS mistaken
