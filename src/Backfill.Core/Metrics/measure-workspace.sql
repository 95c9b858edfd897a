-- One workspace over one period: rows count by their created_at, from @from (included) to @to.
WITH repository AS (
  SELECT r.id,
         coalesce(r.stargazers_count, 0) AS stars --? repositories.stargazers_count
         0 AS stars --? !repositories.stargazers_count
    FROM workspace_repositories wr
    JOIN repositories r ON r.id = wr.repository_id
   WHERE wr.workspace_id = @workspace_id
), item AS (
  SELECT true AS is_pull, p.author_id, p.created_at, p.state, p.merged_at, p.closed_at,
         coalesce(p.draft, false) AS draft --? pull_requests.draft
         false AS draft --? !pull_requests.draft
    FROM pull_requests p
   WHERE p.repository_id IN (SELECT id FROM repository) AND p.created_at < @to
  UNION ALL
  SELECT false, i.author_id, i.created_at, i.state, NULL, i.closed_at, false
    FROM issues i
   WHERE i.repository_id IN (SELECT id FROM repository) AND i.created_at < @to
), author AS (
  SELECT min(created_at) AS first_at,
         bool_or(created_at >= @from) AS active,
         bool_or(created_at >= @previous_from AND created_at < @from) AS active_before
    FROM item
   WHERE author_id IS NOT NULL
   GROUP BY author_id
), counted AS (
  SELECT count(*) FILTER (WHERE is_pull AND created_at >= @from) AS pulls,
         count(*) FILTER (WHERE is_pull AND created_at >= @from AND state = 'merged' AND merged_at IS NOT NULL) AS merged,
         count(*) FILTER (WHERE is_pull AND created_at >= @from AND state = 'open') AS open_pulls,
         count(*) FILTER (WHERE is_pull AND created_at >= @from AND state = 'open' AND draft) AS drafts,
         count(*) FILTER (WHERE NOT is_pull AND created_at >= @from) AS issues,
         count(*) FILTER (WHERE NOT is_pull AND created_at >= @from AND state = 'closed' AND closed_at IS NOT NULL) AS closed,
         count(*) FILTER (WHERE NOT is_pull AND created_at >= @from AND state = 'open') AS open_issues,
         extract(epoch FROM avg(merged_at - created_at) FILTER (
           WHERE is_pull AND created_at >= @from AND state = 'merged')) / 3600 AS merge_hours,
         extract(epoch FROM avg(closed_at - created_at) FILTER (
           WHERE NOT is_pull AND created_at >= @from AND state = 'closed')) / 3600 AS close_hours,
         count(*) FILTER (WHERE is_pull AND created_at >= @previous_from AND created_at < @from) AS previous_pulls,
         count(*) FILTER (WHERE NOT is_pull AND created_at >= @previous_from AND created_at < @from) AS previous_issues
    FROM item
)
SELECT c.pulls, c.merged, c.open_pulls, c.drafts, c.issues, c.closed, c.open_issues,
       c.merge_hours::double precision, c.close_hours::double precision,
       (SELECT count(*) FROM author WHERE active) AS contributors,
       (SELECT count(*) FROM author WHERE active AND first_at >= @from) AS new_contributors,
       (SELECT coalesce(sum(stars), 0)::bigint FROM repository) AS stars,
       c.previous_pulls, c.previous_issues,
       (SELECT count(*) FROM author WHERE active_before) AS previous_contributors
  FROM counted c
