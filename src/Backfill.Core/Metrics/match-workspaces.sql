-- Which of the given names, slugs and ids mean no workspace, and which names there are.
SELECT ARRAY(SELECT x FROM unnest(@workspaces) AS x
              WHERE NOT EXISTS (SELECT FROM workspaces w WHERE x IN (w.id::text, w.name, w.slug))),
       ARRAY(SELECT name FROM workspaces ORDER BY name LIMIT 50)
