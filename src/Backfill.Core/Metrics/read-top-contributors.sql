-- Returns the first ten people of each range with their reviews in it. GitHub's id decides among equals, because row ids differ
-- between databases.
SELECT t.place, t.author_id, t.username,
       t.avatar_url, --? contributors.avatar_url
       NULL::text AS avatar_url, --? !contributors.avatar_url
       (SELECT count(*) FROM reviews v
         WHERE v.author_id = t.author_id AND v.repository_id = ANY (@repositories)
           AND v.submitted_at >= t.start AND v.submitted_at < @to) AS reviews
  FROM (SELECT g.place, r.start, c.id AS author_id, c.username,
               c.avatar_url, --? contributors.avatar_url
               row_number() OVER (PARTITION BY g.place ORDER BY g.items DESC, c.github_id) AS rank
          FROM unnest(@places, @authors, @items) AS g(place, author_id, items)
          JOIN unnest(@starts) WITH ORDINALITY AS r(start, place) ON r.place = g.place
          JOIN contributors c ON c.id = g.author_id) t
 WHERE t.rank <= 10
 ORDER BY t.place, t.rank
