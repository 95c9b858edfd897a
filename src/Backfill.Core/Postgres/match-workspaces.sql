-- Returns the given names, slugs and ids that belong to no workspace, and the names of the workspaces that exist.
SELECT ARRAY(SELECT x FROM unnest(@workspaces) AS x
              WHERE NOT EXISTS (SELECT FROM workspaces w WHERE x IN (w.id::text, w.name, w.slug))) AS missing,
       ARRAY(SELECT name FROM workspaces ORDER BY name LIMIT 50) AS known
