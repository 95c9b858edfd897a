-- Review comments of a page that the table cannot hold: its ids are unique over all kinds, and their negatives are taken too.
INSERT INTO backfill.sync_gap (repository_id, entity, parent, parent_number, cause)
SELECT @repository_id, 'ReviewComments', x.github_id::text, x.pull_number,
       'the table holds each id once, and two others have this one'
  FROM unnest(@github_id, @pull_number) AS x(github_id, pull_number)
 WHERE (SELECT true
          FROM comments
         WHERE github_id IN (x.github_id, -x.github_id)
           -- See link-replies.sql for IS TRUE.
           AND (comment_type = 'review_comment') IS TRUE
         LIMIT 1) IS NULL
ON CONFLICT (repository_id, entity, parent) DO NOTHING
