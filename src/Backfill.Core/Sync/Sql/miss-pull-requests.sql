-- Review comments of a page that were not stored because their pull request is not: remembered until it is.
INSERT INTO backfill.sync_gap AS t (repository_id, entity, parent, parent_number, cause)
SELECT @repository_id, 'ReviewComments', x.github_id::text, x.pull_number, 'its pull request is not stored'
  FROM unnest(@github_id, @pull_number) AS x(github_id, pull_number)
 WHERE NOT EXISTS (SELECT FROM pull_requests p WHERE p.repository_id = @repository_id AND p.number = x.pull_number)
ON CONFLICT (repository_id, entity, parent) DO NOTHING
