-- Only for a database in which the tool created the table workspaces. An app's workspace has an owner and a plan, which the
-- tool cannot choose.
INSERT INTO workspaces (name, slug)
SELECT @workspace, trim(both '-' from regexp_replace(lower(@workspace), '[^a-z0-9]+', '-', 'g'))
 WHERE NOT EXISTS (SELECT FROM workspaces WHERE @workspace IN (id::text, name, slug))
