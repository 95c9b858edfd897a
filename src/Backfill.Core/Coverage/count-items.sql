-- By repository: its items by state, without rows of what was deleted or transferred at GitHub, and rows that GitHub cannot have
-- sent. The database's clock and GitHub's can differ a little, so a time only counts as future when it is more than an hour ahead.
WITH pull AS (
  SELECT t.repository_id,
         count(*) AS rows,
         count(*) FILTER (WHERE b.entity IS NULL) AS stored,
         count(*) FILTER (WHERE t.state = 'open' AND b.entity IS NULL) AS open,
         count(*) FILTER (WHERE t.state = 'merged' AND b.entity IS NULL) AS merged,
         count(*) FILTER (WHERE t.state = 'closed' AND b.entity IS NULL) AS closed,
         count(*) FILTER (WHERE t.author_id IS NULL) AS null_authors,
         count(*) FILTER (WHERE t.github_id = t.number OR t.github_id < 0 OR t.number < 0) AS wrong_ids,
         count(*) FILTER (WHERE (t.state = 'merged' AND t.merged_at IS NULL) OR (t.merged IS TRUE) <> (t.state = 'merged')) AS undated,
         count(*) FILTER (WHERE (t.state <> 'merged' AND t.merged_at IS NOT NULL)
                             OR (t.state = 'open') <> (t.closed_at IS NULL)
                             OR t.closed_at < t.created_at OR t.merged_at < t.created_at OR t.updated_at < t.created_at) AS impossible,
         count(*) FILTER (WHERE greatest(t.created_at, t.updated_at, t.merged_at, t.closed_at) > now() + interval '1 hour') AS future,
         count(*) FILTER (WHERE t.updated_at > t.last_synced_at + interval '5 minutes' AND t.updated_at <= now() + interval '1 hour') AS foreign_times
    FROM pull_requests t
    LEFT JOIN backfill.tombstone b ON b.entity = 'PullRequests' AND b.github_id = t.github_id
   WHERE t.repository_id = ANY (@repository_ids)
   GROUP BY t.repository_id
), issue AS (
  SELECT t.repository_id,
         count(*) FILTER (WHERE b.entity IS NULL) AS stored,
         count(*) FILTER (WHERE t.state = 'open' AND b.entity IS NULL) AS open,
         count(*) FILTER (WHERE t.state = 'closed' AND b.entity IS NULL) AS closed,
         count(*) FILTER (WHERE t.author_id IS NULL) AS null_authors,
         count(*) FILTER (WHERE t.github_id = t.number OR t.github_id < 0 OR t.number < 0) AS wrong_ids,
         count(*) FILTER (WHERE (t.state = 'open') <> (t.closed_at IS NULL) OR t.closed_at < t.created_at OR t.updated_at < t.created_at) AS impossible,
         count(*) FILTER (WHERE greatest(t.created_at, t.updated_at, t.closed_at) > now() + interval '1 hour') AS future,
         count(*) FILTER (WHERE t.updated_at > t.last_synced_at + interval '5 minutes' AND t.updated_at <= now() + interval '1 hour') AS foreign_times
    FROM issues t
    LEFT JOIN backfill.tombstone b ON b.entity = 'Issues' AND b.github_id = t.github_id
   WHERE t.repository_id = ANY (@repository_ids)
   GROUP BY t.repository_id
), discussion AS (
  SELECT NULL::uuid AS repository_id, 0 AS stored, 0 AS wrong_ids, 0 AS future WHERE false --? !discussions
  --? begin discussions
  SELECT t.repository_id,
         count(*) FILTER (WHERE b.entity IS NULL) AS stored,
         count(*) FILTER (WHERE t.github_id = t.number OR t.github_id < 0 OR t.number < 0) AS wrong_ids,
         count(*) FILTER (WHERE greatest(t.created_at, t.updated_at) > now() + interval '1 hour') AS future
    FROM discussions t
    LEFT JOIN backfill.tombstone b ON b.entity = 'Discussions' AND b.github_id = t.github_id
   WHERE t.repository_id = ANY (@repository_ids)
   GROUP BY t.repository_id
  --? end
), comment AS (
  SELECT repository_id, count(*) AS null_authors
    FROM comments
   WHERE repository_id = ANY (@repository_ids) AND commenter_id IS NULL
   GROUP BY repository_id
), twice AS (
  SELECT repository_id, sum(rows) AS rows
    FROM (
          -- Issues and pull requests share their numbers.
          SELECT repository_id, 1 AS rows
            FROM issues JOIN pull_requests USING (repository_id, number)
           WHERE repository_id = ANY (@repository_ids)
          --? begin !pull_requests(repository_id,number)
          UNION ALL
          SELECT repository_id, count(*) - 1
            FROM pull_requests WHERE repository_id = ANY (@repository_ids)
           GROUP BY repository_id, number HAVING count(*) > 1
          --? end
          --? begin !issues(repository_id,number)
          UNION ALL
          SELECT repository_id, count(*) - 1
            FROM issues WHERE repository_id = ANY (@repository_ids)
           GROUP BY repository_id, number HAVING count(*) > 1
          --? end
         ) same
   GROUP BY repository_id
)
SELECT a.repository_id,
       coalesce(p.stored, 0) AS "PullRequests",
       coalesce(i.stored, 0) AS "Issues",
       coalesce(d.stored, 0) AS "Discussions", --? discussions
       coalesce(p.open, 0) AS open_pull_requests,
       coalesce(p.merged, 0) AS merged_pull_requests,
       coalesce(p.closed, 0) AS closed_pull_requests,
       coalesce(i.open, 0) AS open_issues,
       coalesce(i.closed, 0) AS closed_issues,
       coalesce(p.null_authors, 0) AS null_pull_authors,
       coalesce(i.null_authors, 0) AS null_issue_authors,
       coalesce(c.null_authors, 0) AS null_commenters,
       coalesce(t.rows, 0)::bigint AS duplicates,
       coalesce(p.wrong_ids, 0) + coalesce(i.wrong_ids, 0) + coalesce(d.wrong_ids, 0) AS wrong_ids,
       coalesce(p.undated, 0) AS undated,
       coalesce(p.impossible, 0) + coalesce(i.impossible, 0) AS impossible,
       coalesce(p.future, 0) + coalesce(i.future, 0) + coalesce(d.future, 0) AS future,
       coalesce(p.foreign_times, 0) + coalesce(i.foreign_times, 0) AS foreign_times,
       (SELECT count(*) FROM repositories r
         WHERE r.id = a.repository_id
           AND (false
                OR r.pull_request_count <> coalesce(p.rows, 0) --? repositories.pull_request_count
                OR r.total_pull_requests <> coalesce(p.rows, 0) --? repositories.total_pull_requests
               )) AS wrong_counters
  FROM unnest(@repository_ids) a (repository_id)
  LEFT JOIN pull p ON p.repository_id = a.repository_id
  LEFT JOIN issue i ON i.repository_id = a.repository_id
  LEFT JOIN discussion d ON d.repository_id = a.repository_id
  LEFT JOIN comment c ON c.repository_id = a.repository_id
  LEFT JOIN twice t ON t.repository_id = a.repository_id
