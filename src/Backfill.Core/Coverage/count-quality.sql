-- Rows of the repository that GitHub cannot have sent. The database's clock and GitHub's can differ a little, so a time only
-- counts as future when it is more than an hour ahead.
WITH pull AS (
  SELECT count(*) AS rows,
         count(*) FILTER (WHERE author_id IS NULL) AS null_authors,
         count(*) FILTER (WHERE github_id = number OR github_id < 0 OR number < 0) AS wrong_ids,
         count(*) FILTER (WHERE (state = 'merged' AND merged_at IS NULL) OR (merged IS TRUE) <> (state = 'merged')) AS undated,
         count(*) FILTER (WHERE (state <> 'merged' AND merged_at IS NOT NULL)
                             OR (state = 'open') <> (closed_at IS NULL)
                             OR closed_at < created_at OR merged_at < created_at OR updated_at < created_at) AS impossible,
         count(*) FILTER (WHERE greatest(created_at, updated_at, merged_at, closed_at) > now() + interval '1 hour') AS future,
         count(*) FILTER (WHERE updated_at > last_synced_at + interval '5 minutes' AND updated_at <= now() + interval '1 hour') AS foreign_times
    FROM pull_requests WHERE repository_id = @repository_id
), issue AS (
  SELECT count(*) FILTER (WHERE author_id IS NULL) AS null_authors,
         count(*) FILTER (WHERE github_id = number OR github_id < 0 OR number < 0) AS wrong_ids,
         count(*) FILTER (WHERE (state = 'open') <> (closed_at IS NULL) OR closed_at < created_at OR updated_at < created_at) AS impossible,
         count(*) FILTER (WHERE greatest(created_at, updated_at, closed_at) > now() + interval '1 hour') AS future,
         count(*) FILTER (WHERE updated_at > last_synced_at + interval '5 minutes' AND updated_at <= now() + interval '1 hour') AS foreign_times
    FROM issues WHERE repository_id = @repository_id
), discussion AS (
  SELECT 0 AS wrong_ids, 0 AS future --? !discussions
  --? begin discussions
  SELECT count(*) FILTER (WHERE github_id = number OR github_id < 0 OR number < 0) AS wrong_ids,
         count(*) FILTER (WHERE greatest(created_at, updated_at) > now() + interval '1 hour') AS future
    FROM discussions WHERE repository_id = @repository_id
  --? end
)
SELECT p.null_authors AS null_pull_authors,
       i.null_authors AS null_issue_authors,
       (SELECT count(*) FROM comments WHERE repository_id = @repository_id AND commenter_id IS NULL) AS null_commenters,
       (SELECT coalesce(sum(n - 1), 0)::bigint
          FROM (SELECT count(*) AS n FROM pull_requests WHERE repository_id = @repository_id GROUP BY number HAVING count(*) > 1
                UNION ALL
                SELECT count(*) FROM issues WHERE repository_id = @repository_id GROUP BY number HAVING count(*) > 1
                UNION ALL
                -- Issues and pull requests share their numbers.
                SELECT 2 FROM issues i JOIN pull_requests p USING (repository_id, number)
                 WHERE repository_id = @repository_id) twice) AS duplicates,
       p.wrong_ids + i.wrong_ids + d.wrong_ids AS wrong_ids,
       p.undated AS undated,
       p.impossible + i.impossible AS impossible,
       p.future + i.future + d.future AS future,
       p.foreign_times + i.foreign_times AS foreign_times,
       (SELECT count(*) FROM repositories r
         WHERE r.id = @repository_id
           AND (false
                OR r.pull_request_count <> p.rows --? repositories.pull_request_count
                OR r.total_pull_requests <> p.rows --? repositories.total_pull_requests
               )) AS wrong_counters
  FROM pull p, issue i, discussion d
