-- Measures one workspace over up to five ranges. A row counts by its created_at, which must be before @to. Every range, and
-- the period before it, begins at one of @bounds. So each row belongs to one bucket, the time between two bounds. The first
-- bucket is 1, and 0 is before the first bound. A range is the sum of the buckets from its first bucket on.
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
-- The rows are read twice, because one pass for both would be slower: the totals are few groups with many sums, and people
-- are many groups with few sums. The columns of a group come from a UNION, for which PostgreSQL expects few values. For an
-- expression it would expect as many values as rows and make a hash table of that size first.
), stretch AS MATERIALIZED (
  SELECT is_pull, bucket, day, count(*) AS items, count(took) FILTER (WHERE finished) AS finished,
         sum(took) FILTER (WHERE finished) AS took, count(*) FILTER (WHERE open) AS open, count(*) FILTER (WHERE draft) AS drafts
    FROM (SELECT true AS is_pull, width_bucket(p.created_at, @bounds) AS bucket,
                 date_bin('1 day', p.created_at, '2000-01-01Z') AS day, p.merged_at - p.created_at AS took,
                 p.state = 'merged' AS finished, p.state = 'open' AS open,
                 p.state = 'open' AND p.draft AS draft --? pull_requests.draft
                 false AS draft --? !pull_requests.draft
            FROM pull_requests p
           WHERE p.repository_id = ANY (@repositories) AND p.created_at < @to
          UNION ALL
          SELECT false, width_bucket(i.created_at, @bounds), date_bin('1 day', i.created_at, '2000-01-01Z'),
                 i.closed_at - i.created_at, i.state = 'closed', i.state = 'open', false
            FROM issues i
           WHERE i.repository_id = ANY (@repositories) AND i.created_at < @to) item
   GROUP BY 1, 2, 3
), counted AS (
  SELECT r.place,
         sum(s.items) FILTER (WHERE s.is_pull) AS pulls,
         sum(s.finished) FILTER (WHERE s.is_pull) AS merged,
         sum(s.took) FILTER (WHERE s.is_pull) AS merge_time,
         sum(s.open) FILTER (WHERE s.is_pull) AS open,
         sum(s.drafts) AS drafts,
         sum(s.items) FILTER (WHERE NOT s.is_pull) AS issues,
         sum(s.finished) FILTER (WHERE NOT s.is_pull) AS closed,
         sum(s.took) FILTER (WHERE NOT s.is_pull) AS close_time,
         sum(s.open) FILTER (WHERE NOT s.is_pull) AS open_issues
    FROM range r JOIN stretch s ON s.bucket >= r.first
   GROUP BY 1
), before AS (
  SELECT r.place,
         sum(s.items) FILTER (WHERE s.is_pull) AS pulls,
         sum(s.items) FILTER (WHERE NOT s.is_pull) AS issues
    FROM range r JOIN stretch s ON s.bucket >= r.previous AND s.bucket < r.first
   GROUP BY 1
-- What each person did in each repository. Each of the five ranges has a column, so that a person is one group per
-- repository, and not one per bucket. The counts are integers, because their sums are fast: a sum of bigint would be a
-- numeric. The mask has one bit per bucket in which the person was active. The join with the list of repositories keeps the
-- query in one process. Parallel processes would each find most of the people, and merging those groups costs more than
-- reading the rows.
), work AS MATERIALIZED (
  SELECT repository_id, author_id, bit_or(1::bigint << bucket) AS mask,
         (count(*) FILTER (WHERE is_pull AND bucket >= @firsts[1]))::integer AS pulls_1,
         (count(*) FILTER (WHERE is_pull AND bucket >= @firsts[2]))::integer AS pulls_2,
         (count(*) FILTER (WHERE is_pull AND bucket >= @firsts[3]))::integer AS pulls_3,
         (count(*) FILTER (WHERE is_pull AND bucket >= @firsts[4]))::integer AS pulls_4,
         (count(*) FILTER (WHERE is_pull AND bucket >= @firsts[5]))::integer AS pulls_5,
         (count(*) FILTER (WHERE NOT is_pull AND bucket >= @firsts[1]))::integer AS issues_1,
         (count(*) FILTER (WHERE NOT is_pull AND bucket >= @firsts[2]))::integer AS issues_2,
         (count(*) FILTER (WHERE NOT is_pull AND bucket >= @firsts[3]))::integer AS issues_3,
         (count(*) FILTER (WHERE NOT is_pull AND bucket >= @firsts[4]))::integer AS issues_4,
         (count(*) FILTER (WHERE NOT is_pull AND bucket >= @firsts[5]))::integer AS issues_5
    FROM (SELECT p.repository_id, p.author_id, width_bucket(p.created_at, @bounds) AS bucket, true AS is_pull
            FROM repository r JOIN pull_requests p ON p.repository_id = r.id
           WHERE p.created_at < @to
          UNION ALL
          SELECT i.repository_id, i.author_id, width_bucket(i.created_at, @bounds), false
            FROM repository r JOIN issues i ON i.repository_id = r.id
           WHERE i.created_at < @to) item
   GROUP BY 1, 2
), by_author AS MATERIALIZED (
  SELECT author_id, bit_or(mask) AS mask,
         ARRAY[sum(pulls_1), sum(pulls_2), sum(pulls_3), sum(pulls_4), sum(pulls_5)] AS pulls,
         ARRAY[sum(issues_1), sum(issues_2), sum(issues_3), sum(issues_4), sum(issues_5)] AS issues
    FROM work
   WHERE author_id IS NOT NULL
   GROUP BY 1
-- The number of people with the same mask.
), crowd AS (
  SELECT mask, count(*) AS people FROM by_author GROUP BY 1
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
), top AS (
  SELECT r.place,
         jsonb_agg(jsonb_build_object(
           'username', a.username,
           'avatar_url', a.avatar_url, --? contributors.avatar_url
           'prs', a.pulls, 'issues', a.issues, 'commits', 0,
           'reviews', (SELECT count(*) FROM reviews v
                        WHERE v.author_id = a.id AND v.repository_id = ANY (@repositories)
                          AND v.submitted_at >= r.start AND v.submitted_at < @to)) ORDER BY a.pulls + a.issues DESC, a.github_id) AS people
    FROM range r
   -- Among people with equal counts, GitHub's id decides the order, because row ids differ between databases.
   CROSS JOIN LATERAL (SELECT c.id, c.github_id, c.username,
                              c.avatar_url, --? contributors.avatar_url
                              b.pulls, b.issues
                         FROM (SELECT author_id, pulls[r.place] AS pulls, issues[r.place] AS issues
                                 FROM by_author
                                WHERE mask >> r.first <> 0
                                ORDER BY pulls[r.place] + issues[r.place] DESC
                                FETCH FIRST 10 ROWS WITH TIES) b
                         JOIN contributors c ON c.id = b.author_id
                        ORDER BY b.pulls + b.issues DESC, c.github_id
                        LIMIT 10) a
   GROUP BY 1
-- Whole days in UTC. The first day of a range counts from the moment at which the range begins.
-- The range "all" begins with the first day that has a row.
), timeline AS (
  SELECT r.place,
         jsonb_agg(jsonb_build_object(
           'date', (t.day AT TIME ZONE 'UTC')::date, 'prs', t.pulls, 'issues', t.issues, 'commits', 0) ORDER BY t.day) AS days
    FROM range r
   CROSS JOIN LATERAL (
     SELECT d.day, coalesce(sum(s.items) FILTER (WHERE s.is_pull), 0) AS pulls,
            coalesce(sum(s.items) FILTER (WHERE NOT s.is_pull), 0) AS issues
       FROM generate_series(
              CASE WHEN r.previous IS NULL THEN (SELECT min(day) FROM stretch WHERE bucket >= r.first)
                   ELSE date_bin('1 day', r.start, '2000-01-01Z') END,
              date_bin('1 day', @to, '2000-01-01Z'), interval '24 hours') AS d(day)
       LEFT JOIN stretch s ON s.day = d.day AND s.bucket >= r.first
      GROUP BY 1) t
   GROUP BY 1
), by_repository AS (
  SELECT repository_id,
         ARRAY[sum(pulls_1), sum(pulls_2), sum(pulls_3), sum(pulls_4), sum(pulls_5)] AS pulls,
         ARRAY[sum(issues_1), sum(issues_2), sum(issues_3), sum(issues_4), sum(issues_5)] AS issues,
         ARRAY[count(author_id) FILTER (WHERE mask >> @firsts[1] <> 0),
               count(author_id) FILTER (WHERE mask >> @firsts[2] <> 0),
               count(author_id) FILTER (WHERE mask >> @firsts[3] <> 0),
               count(author_id) FILTER (WHERE mask >> @firsts[4] <> 0),
               count(author_id) FILTER (WHERE mask >> @firsts[5] <> 0)] AS people
    FROM work
   GROUP BY 1
), stats AS (
  SELECT r.place,
         jsonb_agg(jsonb_build_object(
           'repository_id', p.id, 'full_name', p.full_name, 'stars', p.stars, 'prs', coalesce(b.pulls[r.place], 0),
           'issues', coalesce(b.issues[r.place], 0), 'contributors', coalesce(b.people[r.place], 0)) ORDER BY p.full_name) AS repositories
    FROM range r
   CROSS JOIN repository p
    LEFT JOIN by_repository b ON b.repository_id = p.id
   GROUP BY 1
)
SELECT r.place::integer AS place,
       coalesce(c.pulls, 0)::bigint AS pulls,
       coalesce(c.merged, 0)::bigint AS merged,
       coalesce(c.open, 0)::bigint AS open,
       coalesce(c.drafts, 0)::bigint AS drafts,
       coalesce(c.issues, 0)::bigint AS issues,
       coalesce(c.closed, 0)::bigint AS closed,
       coalesce(c.open_issues, 0)::bigint AS open_issues,
       (extract(epoch FROM c.merge_time / nullif(c.merged, 0)::double precision) / 3600)::double precision AS merge_hours,
       (extract(epoch FROM c.close_time / nullif(c.closed, 0)::double precision) / 3600)::double precision AS close_hours,
       (extract(epoch FROM a.waited) / 3600)::double precision AS review_hours,
       coalesce(m.contributors, 0)::bigint AS contributors,
       coalesce(m.new_contributors, 0)::bigint AS new_contributors,
       coalesce(b.pulls, 0)::bigint AS previous_pulls,
       coalesce(b.issues, 0)::bigint AS previous_issues,
       coalesce(m.previous_contributors, 0)::bigint AS previous_contributors,
       (SELECT coalesce(sum(stars), 0)::bigint FROM repository) AS stars,
       (SELECT coalesce(sum(forks), 0)::bigint FROM repository) AS forks,
       -- The stars on the day on which the range begins, or on the last earlier day that was recorded.
       (SELECT (h.metrics ->> 'total_stars')::bigint FROM backfill.workspace_metrics_history h
         WHERE h.workspace_id = @workspace_id AND r.previous IS NOT NULL AND h.metric_date <= (r.start AT TIME ZONE 'UTC')::date
         ORDER BY h.metric_date DESC LIMIT 1) AS previous_stars,
       (SELECT coalesce(jsonb_object_agg(language, n), '{}')
          FROM (SELECT language, count(*) AS n FROM repository WHERE language IS NOT NULL GROUP BY 1) l)::text AS languages,
       coalesce(t.people, '[]')::text AS people,
       coalesce(d.days, '[]')::text AS days,
       coalesce(s.repositories, '[]')::text AS statistics,
       -- The totals of all time, for the row of the workspace.
       (SELECT coalesce(sum(items), 0)::bigint FROM stretch WHERE is_pull) AS all_pulls,
       (SELECT coalesce(sum(items), 0)::bigint FROM stretch WHERE NOT is_pull) AS all_issues,
       (SELECT coalesce(sum(people), 0)::bigint FROM crowd) AS all_people
  FROM range r
  LEFT JOIN counted c USING (place)
  LEFT JOIN before b USING (place)
  LEFT JOIN met m USING (place)
  LEFT JOIN answered a USING (place)
  LEFT JOIN top t USING (place)
  LEFT JOIN timeline d USING (place)
  LEFT JOIN stats s USING (place)
 ORDER BY place
