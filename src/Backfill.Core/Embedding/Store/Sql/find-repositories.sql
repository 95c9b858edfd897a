-- What -Workspace and -All mean, those of active workspaces first; and which of some repositories are in one.
SELECT r.id,
       r.github_id,
       r.full_name,
       EXISTS (SELECT FROM workspace_repositories m
                 JOIN workspaces w ON w.id = m.workspace_id
                WHERE m.repository_id = r.id
                  AND w.is_active IS NOT FALSE --? workspaces.is_active
              ) AS in_workspace
  FROM repositories r
 WHERE @all
    OR r.id = ANY (@repository_ids)
    OR EXISTS (SELECT FROM workspace_repositories m
                 JOIN workspaces w ON w.id = m.workspace_id
                WHERE m.repository_id = r.id
                  AND (w.id::text = ANY (@workspaces) OR w.name = ANY (@workspaces) OR w.slug = ANY (@workspaces)))
    OR EXISTS (SELECT FROM backfill.embedding_batch_item i JOIN backfill.embedding_batch b ON b.key = i.key WHERE i.repository_id = r.id AND b.batch_id = ANY (@batch_ids)) --? backfill.embedding_batch_item
 ORDER BY in_workspace DESC, r.full_name
