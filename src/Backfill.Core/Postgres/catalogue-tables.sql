-- Tables and views with the login's rights. row_security_active is true where policies decide which rows the login sees.
SELECT CASE n.nspname WHEN 'backfill' THEN 'backfill.' || c.relname ELSE c.relname END AS table_name,
       c.relkind::text AS kind,
       row_security_active(c.oid) AS hides_rows,
       concat_ws(' ', CASE WHEN has_table_privilege(c.oid, 'SELECT') THEN 'SELECT' END,
                      CASE WHEN has_table_privilege(c.oid, 'INSERT') THEN 'INSERT' END,
                      CASE WHEN has_table_privilege(c.oid, 'UPDATE') THEN 'UPDATE' END,
                      CASE WHEN has_table_privilege(c.oid, 'DELETE') THEN 'DELETE' END) AS rights,
       c.relrowsecurity AS has_policies
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'v', 'm')
   AND (n.nspname = 'backfill'
        OR (pg_table_is_visible(c.oid) AND n.nspname NOT IN ('pg_catalog', 'information_schema')))
 ORDER BY 1
