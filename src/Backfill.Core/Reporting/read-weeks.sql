-- Pull requests and issues per week, 52 weeks that end with the present week, or with the newest activity when that is older.
-- Weeks begin on Monday in UTC; 1 January 2001 was a Monday.
WITH pulls AS (
  SELECT date_bin('7 days', created_at, '2001-01-01Z') AS opened,
         CASE WHEN state = 'merged' THEN date_bin('7 days', merged_at, '2001-01-01Z') END AS merged,
         merged_at - created_at AS took
    FROM pull_requests
   WHERE repository_id = @repository_id AND created_at <= @now
), opened AS (
  SELECT opened AS week, count(*) AS items FROM pulls GROUP BY 1
), merged AS (
  SELECT merged AS week, count(*) AS items,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM took) / 3600) AS median
    FROM pulls
   WHERE merged IS NOT NULL AND merged <= @now
   GROUP BY 1
), issues_opened AS (
  SELECT date_bin('7 days', created_at, '2001-01-01Z') AS week, count(*) AS items
    FROM issues
   WHERE repository_id = @repository_id AND created_at <= @now
   GROUP BY 1
), newest AS (
  SELECT greatest((SELECT max(week) FROM opened), (SELECT max(week) FROM merged), (SELECT max(week) FROM issues_opened)) AS week
), present AS (
  SELECT date_bin('7 days', @now, '2001-01-01Z') AS week
), span AS (
  SELECT CASE WHEN n.week > p.week - interval '364 days' THEN p.week ELSE n.week END AS last_week
    FROM newest n CROSS JOIN present p
   WHERE n.week IS NOT NULL
)
SELECT (w.week AT TIME ZONE 'UTC')::date AS week,
       coalesce(o.items, 0)::bigint AS pull_requests,
       coalesce(i.items, 0)::bigint AS issues,
       coalesce(m.items, 0)::bigint AS merged,
       m.median::double precision AS median_merge_hours
  FROM span s
 CROSS JOIN LATERAL generate_series(s.last_week - interval '357 days', s.last_week, interval '168 hours') AS w(week)
  LEFT JOIN opened o ON o.week = w.week
  LEFT JOIN issues_opened i ON i.week = w.week
  LEFT JOIN merged m ON m.week = w.week
 ORDER BY w.week
