-- The columns of the schema backfill and of every table that a query finds without a schema name, with their types as DDL
-- writes them.
SELECT CASE n.nspname WHEN 'backfill' THEN 'backfill.' || c.relname ELSE c.relname END AS table_name,
       a.attname AS column_name,
       format_type(a.atttypid, a.atttypmod) AS column_type,
       a.attnotnull AS not_null,
       a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> '' AS has_default
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid
 WHERE c.relkind IN ('r', 'p', 'v', 'm')
   AND a.attnum > 0
   AND NOT a.attisdropped
   AND (n.nspname = 'backfill'
        OR (pg_table_is_visible(c.oid) AND n.nspname NOT IN ('pg_catalog', 'information_schema')))
 ORDER BY 1
