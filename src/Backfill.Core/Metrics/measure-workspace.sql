-- One workspace over all ranges at once. Rows count by their created_at, before @to. Every range, and the period before it,
-- begins at one of @bounds, so that each row belongs to the stretch between two of them (its bucket, counted from 1; 0 is
-- before the first), and a range is the sum of the buckets from its first one on.
WITH repository AS (
  SELECT r.id, r.full_name,
         coalesce(r.stargazers_count, 0) AS stars, --? repositories.stargazers_count
         0 AS stars, --? !repositories.stargazers_count
         coalesce(r.forks_count, 0) AS forks, --? repositories.forks_count
         0 AS forks, --? !repositories.forks_count
         r.language --? repositories.language
         NULL::text AS language --? !repositories.language
    FROM repositories r
   WHERE r.id = ANY (@repositories)
), range AS (
  SELECT * FROM unnest(@firsts, @previous, @starts) WITH ORDINALITY AS r(first, previous, start, place)
-- Counted as integers, whose sums are quick; a sum of bigint would be a numeric.
), item AS MATERIALIZED (
  SELECT p.repository_id, p.author_id, width_bucket(p.created_at, @bounds) AS bucket,
         count(*)::integer AS pulls,
         (count(*) FILTER (WHERE p.state = 'merged' AND p.merged_at IS NOT NULL))::integer AS merged,
         sum(p.merged_at - p.created_at) FILTER (WHERE p.state = 'merged') AS merge_time,
         (count(*) FILTER (WHERE p.state = 'open'))::integer AS open,
         (count(*) FILTER (WHERE p.state = 'open' AND p.draft))::integer AS drafts, --? pull_requests.draft
         0 AS drafts, --? !pull_requests.draft
         0 AS issues, 0 AS closed, NULL::interval AS close_time, 0 AS open_issues
    FROM pull_requests p
   WHERE p.repository_id = ANY (@repositories) AND p.created_at < @to
   GROUP BY 1, 2, 3
  UNION ALL
  SELECT i.repository_id, i.author_id, width_bucket(i.created_at, @bounds),
         0, 0, NULL, 0, 0,
         count(*)::integer,
         (count(*) FILTER (WHERE i.state = 'closed' AND i.closed_at IS NOT NULL))::integer,
         sum(i.closed_at - i.created_at) FILTER (WHERE i.state = 'closed'),
         (count(*) FILTER (WHERE i.state = 'open'))::integer
    FROM issues i
   WHERE i.repository_id = ANY (@repositories) AND i.created_at < @to
   GROUP BY 1, 2, 3
), stretch AS (
  SELECT bucket, sum(pulls) AS pulls, sum(merged) AS merged, sum(merge_time) AS merge_time, sum(open) AS open,
         sum(drafts) AS drafts, sum(issues) AS issues, sum(closed) AS closed, sum(close_time) AS close_time,
         sum(open_issues) AS open_issues
    FROM item GROUP BY 1
), counted AS (
  SELECT r.place,
         sum(s.pulls) FILTER (WHERE s.bucket >= r.first) AS pulls,
         sum(s.merged) FILTER (WHERE s.bucket >= r.first) AS merged,
         sum(s.merge_time) FILTER (WHERE s.bucket >= r.first) AS merge_time,
         sum(s.open) FILTER (WHERE s.bucket >= r.first) AS open,
         sum(s.drafts) FILTER (WHERE s.bucket >= r.first) AS drafts,
         sum(s.issues) FILTER (WHERE s.bucket >= r.first) AS issues,
         sum(s.closed) FILTER (WHERE s.bucket >= r.first) AS closed,
         sum(s.close_time) FILTER (WHERE s.bucket >= r.first) AS close_time,
         sum(s.open_issues) FILTER (WHERE s.bucket >= r.first) AS open_issues,
         sum(s.pulls) FILTER (WHERE s.bucket >= r.previous AND s.bucket < r.first) AS previous_pulls,
         sum(s.issues) FILTER (WHERE s.bucket >= r.previous AND s.bucket < r.first) AS previous_issues
    FROM range r CROSS JOIN stretch s
   GROUP BY 1
-- In which buckets somebody was at work, as bits: how many people have the same ones.
), member AS MATERIALIZED (
  SELECT repository_id, author_id, bit_or(1::bigint << bucket) AS mask FROM item WHERE author_id IS NOT NULL GROUP BY 1, 2
), crowd AS (
  SELECT mask, count(*) AS people
    FROM (SELECT bit_or(mask) AS mask FROM member GROUP BY author_id) author
   GROUP BY 1
), met AS (
  SELECT r.place,
         sum(c.people) FILTER (WHERE c.mask >> r.first <> 0) AS contributors,
         sum(c.people) FILTER (WHERE c.mask >> r.first <> 0 AND c.mask & ((1::bigint << r.first) - 1) = 0) AS new_contributors,
         sum(c.people) FILTER (WHERE (c.mask >> r.previous) & ((1::bigint << (r.first - r.previous)) - 1) <> 0) AS previous_contributors
    FROM range r CROSS JOIN crowd c
   GROUP BY 1
), reviewed AS (
  SELECT width_bucket(w.created_at, @bounds) AS bucket, count(*) AS pulls, sum(w.first_at - w.created_at) AS waited
    FROM (SELECT p.created_at, min(v.submitted_at) AS first_at
            FROM reviews v
            JOIN pull_requests p ON p.id = v.pull_request_id
           WHERE p.repository_id = ANY (@repositories)
             AND p.created_at < @to
             AND v.submitted_at >= p.created_at
             AND v.submitted_at < @to
             AND v.author_id IS DISTINCT FROM p.author_id
           GROUP BY p.id, p.created_at) w
   GROUP BY 1
), answered AS (
  SELECT r.place, sum(v.waited) / sum(v.pulls)::double precision AS waited
    FROM range r JOIN reviewed v ON v.bucket >= r.first
   GROUP BY 1
), by_author AS (
  SELECT author_id, bucket, sum(pulls)::integer AS pulls, sum(issues)::integer AS issues
    FROM item WHERE author_id IS NOT NULL GROUP BY 1, 2
), ranked AS (
  SELECT place, author_id, pulls, issues,
         row_number() OVER (PARTITION BY place ORDER BY pulls + issues DESC, author_id) AS rank
    FROM (SELECT r.place, a.author_id, sum(a.pulls) AS pulls, sum(a.issues) AS issues
            FROM range r JOIN by_author a ON a.bucket >= r.first
           GROUP BY 1, 2) x
), top AS (
  SELECT t.place,
         jsonb_agg(jsonb_build_object(
           'username', c.username,
           'avatar_url', c.avatar_url, --? contributors.avatar_url
           'prs', t.pulls, 'issues', t.issues, 'commits', 0,
           'reviews', (SELECT count(*) FROM reviews v
                        WHERE v.author_id = t.author_id AND v.repository_id = ANY (@repositories)
                          AND v.submitted_at >= r.start AND v.submitted_at < @to)) ORDER BY t.rank) AS people
    FROM ranked t
    JOIN range r ON r.place = t.place
    JOIN contributors c ON c.id = t.author_id
   WHERE t.rank <= 10
   GROUP BY 1
-- Whole days in UTC, from the index alone; the day on which a range begins counts from that moment on.
), day AS MATERIALIZED (
  SELECT start, sum(pulls) AS pulls, sum(issues) AS issues
    FROM (SELECT date_bin('1 day', p.created_at, '2000-01-01Z') AS start, count(*) AS pulls, 0 AS issues
            FROM pull_requests p
           WHERE p.repository_id = ANY (@repositories) AND p.created_at >= @bounds[1] AND p.created_at < @to
           GROUP BY 1
          UNION ALL
          SELECT date_bin('1 day', i.created_at, '2000-01-01Z'), 0, count(*)
            FROM issues i
           WHERE i.repository_id = ANY (@repositories) AND i.created_at >= @bounds[1] AND i.created_at < @to
           GROUP BY 1) d
   GROUP BY 1
), first_day AS (
  SELECT r.place, date_bin('1 day', r.start, '2000-01-01Z') AS start,
         (SELECT count(*) FROM pull_requests p
           WHERE p.repository_id = ANY (@repositories) AND p.created_at >= r.start AND p.created_at < @to
             AND p.created_at < date_bin('1 day', r.start, '2000-01-01Z') + interval '24 hours') AS pulls,
         (SELECT count(*) FROM issues i
           WHERE i.repository_id = ANY (@repositories) AND i.created_at >= r.start AND i.created_at < @to
             AND i.created_at < date_bin('1 day', r.start, '2000-01-01Z') + interval '24 hours') AS issues
    FROM range r
-- "All" begins with the first day on which there was something: nobody looks at twenty years of nothing.
), timeline AS (
  SELECT r.place,
         jsonb_agg(jsonb_build_object(
           'date', (t.start AT TIME ZONE 'UTC')::date,
           'prs', CASE t.start WHEN f.start THEN f.pulls ELSE coalesce(d.pulls, 0) END,
           'issues', CASE t.start WHEN f.start THEN f.issues ELSE coalesce(d.issues, 0) END,
           'commits', 0) ORDER BY t.start) AS days
    FROM range r
    JOIN first_day f USING (place)
   CROSS JOIN LATERAL generate_series(
           CASE WHEN r.previous IS NOT NULL THEN f.start ELSE coalesce((SELECT min(start) FROM day), @to + interval '1 day') END,
           date_bin('1 day', @to, '2000-01-01Z'), interval '24 hours') AS t(start)
    LEFT JOIN day d ON d.start = t.start
   GROUP BY 1
), by_repository AS MATERIALIZED (
  SELECT repository_id, bucket, sum(pulls)::integer AS pulls, sum(issues)::integer AS issues FROM item GROUP BY 1, 2
), made AS (
  SELECT r.place, b.repository_id, sum(b.pulls) AS pulls, sum(b.issues) AS issues
    FROM range r JOIN by_repository b ON b.bucket >= r.first
   GROUP BY 1, 2
), members AS (
  SELECT r.place, m.repository_id, sum(m.people) AS people
    FROM range r
    JOIN (SELECT repository_id, mask, count(*) AS people FROM member GROUP BY 1, 2) m ON m.mask >> r.first <> 0
   GROUP BY 1, 2
), stats AS (
  SELECT r.place,
         jsonb_agg(jsonb_build_object(
           'repository_id', p.id, 'full_name', p.full_name, 'stars', p.stars, 'prs', coalesce(n.pulls, 0),
           'issues', coalesce(n.issues, 0), 'contributors', coalesce(m.people, 0)) ORDER BY p.full_name) AS repositories
    FROM range r
   CROSS JOIN repository p
    LEFT JOIN made n ON n.place = r.place AND n.repository_id = p.id
    LEFT JOIN members m ON m.place = r.place AND m.repository_id = p.id
   GROUP BY 1
)
SELECT coalesce(c.pulls, 0)::bigint, coalesce(c.merged, 0)::bigint, coalesce(c.open, 0)::bigint, coalesce(c.drafts, 0)::bigint,
       coalesce(c.issues, 0)::bigint, coalesce(c.closed, 0)::bigint, coalesce(c.open_issues, 0)::bigint,
       (extract(epoch FROM c.merge_time / nullif(c.merged, 0)::double precision) / 3600)::double precision,
       (extract(epoch FROM c.close_time / nullif(c.closed, 0)::double precision) / 3600)::double precision,
       (extract(epoch FROM a.waited) / 3600)::double precision,
       coalesce(m.contributors, 0)::bigint, coalesce(m.new_contributors, 0)::bigint,
       coalesce(c.previous_pulls, 0)::bigint, coalesce(c.previous_issues, 0)::bigint, coalesce(m.previous_contributors, 0)::bigint,
       (SELECT coalesce(sum(stars), 0)::bigint FROM repository), (SELECT coalesce(sum(forks), 0)::bigint FROM repository),
       -- The stars of the day on which the range begins, where somebody looked then or before.
       (SELECT (h.metrics ->> 'total_stars')::bigint FROM backfill.workspace_metrics_history h
         WHERE h.workspace_id = @workspace_id AND r.previous IS NOT NULL AND h.metric_date <= (r.start AT TIME ZONE 'UTC')::date
         ORDER BY h.metric_date DESC LIMIT 1),
       (SELECT coalesce(jsonb_object_agg(language, n), '{}')
          FROM (SELECT language, count(*) AS n FROM repository WHERE language IS NOT NULL GROUP BY 1) l)::text,
       coalesce(t.people, '[]')::text, coalesce(d.days, '[]')::text, coalesce(s.repositories, '[]')::text,
       -- Of all time, for the workspace's own row.
       (SELECT coalesce(sum(pulls), 0)::bigint FROM stretch), (SELECT coalesce(sum(issues), 0)::bigint FROM stretch),
       (SELECT coalesce(sum(people), 0)::bigint FROM crowd)
  FROM range r
  LEFT JOIN counted c USING (place)
  LEFT JOIN met m USING (place)
  LEFT JOIN answered a USING (place)
  LEFT JOIN top t USING (place)
  LEFT JOIN timeline d USING (place)
  LEFT JOIN stats s USING (place)
 ORDER BY place
