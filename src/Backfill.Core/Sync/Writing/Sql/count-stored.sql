-- What is stored of each repository and still there: rows of what was deleted or transferred at GitHub stay, and do not count.
-- See link-replies.sql for IS TRUE.
SELECT a.repository_id, kind.entity, coalesce(n.stored, 0) AS stored
  FROM unnest(@repository_ids) a (repository_id)
 CROSS JOIN (VALUES ('PullRequests'), ('Issues'), ('Reviews'), ('ReviewComments'), ('IssueComments')
                    , ('Discussions') --? discussions
                    , ('DiscussionComments') --? discussions discussion_comments
            ) kind (entity)
  LEFT JOIN (
    SELECT p.repository_id, 'PullRequests' AS entity, count(*) AS stored
      FROM pull_requests p
     WHERE p.repository_id = ANY (@repository_ids)
       AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'PullRequests' AND t.github_id = p.github_id)
     GROUP BY p.repository_id
    UNION ALL
    SELECT i.repository_id, 'Issues', count(*)
      FROM issues i
     WHERE i.repository_id = ANY (@repository_ids)
       AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'Issues' AND t.github_id = i.github_id)
     GROUP BY i.repository_id
    UNION ALL
    --? include Sync/Writing/Sql/count-stored-children
    --? begin discussions
    UNION ALL
    SELECT d.repository_id, 'Discussions', count(*)
      FROM discussions d
     WHERE d.repository_id = ANY (@repository_ids)
       AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'Discussions' AND t.github_id = d.github_id)
     GROUP BY d.repository_id
    --? end
  ) n ON n.repository_id = a.repository_id AND n.entity = kind.entity
