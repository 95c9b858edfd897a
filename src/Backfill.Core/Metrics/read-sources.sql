-- Returns the repositories of a workspace by name, each with a text that changes when it was synced.
-- Times are written as numbers, because their text depends on the time zone of the session.
SELECT r.id, r.full_name,
       coalesce(r.stargazers_count, 0)::bigint AS stars, --? repositories.stargazers_count
       0::bigint AS stars, --? !repositories.stargazers_count
       coalesce(r.forks_count, 0)::bigint AS forks, --? repositories.forks_count
       0::bigint AS forks, --? !repositories.forks_count
       r.language, --? repositories.language
       NULL::text AS language, --? !repositories.language
       concat_ws(' ', r.id,
         extract(epoch FROM r.last_synced_at), --? repositories.last_synced_at
         extract(epoch FROM r.last_updated_at), --? repositories.last_updated_at
         r.stargazers_count, --? repositories.stargazers_count
         (SELECT extract(epoch FROM max(s.finished_at)) FROM backfill.sync_run s WHERE s.repository_id = r.id)) AS source
  FROM workspace_repositories wr
  JOIN repositories r ON r.id = wr.repository_id
 WHERE wr.workspace_id = @workspace_id
 ORDER BY r.full_name, r.id
