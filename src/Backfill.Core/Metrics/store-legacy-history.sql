-- Stores one row per day in UTC in the app's old history, with the numbers of that day.
INSERT INTO workspace_metrics_history (
  workspace_id, metric_date, daily_prs, daily_merged_prs, daily_issues, daily_closed_issues, daily_commits,
  daily_active_contributors, total_stars, total_forks, total_contributors)
SELECT @workspace_id, d.day,
       (SELECT count(*) FROM pull_requests p
         WHERE p.repository_id = ANY (@repositories) AND p.created_at >= d.start AND p.created_at < @calculated_at),
       (SELECT count(*) FROM pull_requests p
         WHERE p.repository_id = ANY (@repositories) AND p.state = 'merged' AND p.merged_at >= d.start AND p.merged_at < @calculated_at),
       (SELECT count(*) FROM issues i
         WHERE i.repository_id = ANY (@repositories) AND i.created_at >= d.start AND i.created_at < @calculated_at),
       (SELECT count(*) FROM issues i
         WHERE i.repository_id = ANY (@repositories) AND i.state = 'closed' AND i.closed_at >= d.start AND i.closed_at < @calculated_at),
       0,
       (SELECT count(*)
          FROM (SELECT p.author_id FROM pull_requests p
                 WHERE p.repository_id = ANY (@repositories) AND p.created_at >= d.start AND p.created_at < @calculated_at
                UNION
                SELECT i.author_id FROM issues i
                 WHERE i.repository_id = ANY (@repositories) AND i.created_at >= d.start AND i.created_at < @calculated_at) people
         WHERE author_id IS NOT NULL),
       @stars, @forks, @contributors
  FROM (SELECT (@calculated_at AT TIME ZONE 'UTC')::date AS day,
               date_trunc('day', @calculated_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS start) d
ON CONFLICT (workspace_id, metric_date) DO UPDATE SET
  daily_prs = excluded.daily_prs,
  daily_merged_prs = excluded.daily_merged_prs,
  daily_issues = excluded.daily_issues,
  daily_closed_issues = excluded.daily_closed_issues,
  daily_commits = excluded.daily_commits,
  daily_active_contributors = excluded.daily_active_contributors,
  total_stars = excluded.total_stars,
  total_forks = excluded.total_forks,
  total_contributors = excluded.total_contributors
