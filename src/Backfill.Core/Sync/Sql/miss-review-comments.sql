-- Review comments of a page that were not stored: their pull request is not there yet, or the table cannot hold them.
INSERT INTO backfill.sync_gap (repository_id, entity, parent, parent_number, cause)
SELECT @repository_id, 'ReviewComments', x.github_id::text, x.pull_number,
       CASE WHEN EXISTS (SELECT FROM pull_requests p WHERE p.repository_id = @repository_id AND p.number = x.pull_number)
            THEN 'the table holds each id once, and two others have this one'
            ELSE 'its pull request is not stored' END
  FROM unnest(@github_id, @pull_number) AS x(github_id, pull_number)
 WHERE NOT EXISTS (SELECT FROM comments c WHERE c.github_id IN (x.github_id, -x.github_id) AND c.comment_type = 'review_comment')
ON CONFLICT (repository_id, entity, parent) DO NOTHING
