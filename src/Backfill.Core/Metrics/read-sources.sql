-- Returns the repositories of a workspace, and a digest that changes when one of them was synced.
-- Times are digested as numbers, because their text depends on the time zone of the session.
SELECT coalesce(array_agg(r.id ORDER BY r.id), '{}') AS repositories,
       coalesce(md5(string_agg(concat_ws(' ', r.id,
         extract(epoch FROM r.last_synced_at), --? repositories.last_synced_at
         extract(epoch FROM r.last_updated_at), --? repositories.last_updated_at
         r.stargazers_count, --? repositories.stargazers_count
         (SELECT extract(epoch FROM max(s.finished_at)) FROM backfill.sync_run s WHERE s.repository_id = r.id)), '|' ORDER BY r.id)), '') AS digest
  FROM workspace_repositories wr
  JOIN repositories r ON r.id = wr.repository_id
 WHERE wr.workspace_id = @workspace_id
