-- Every column that a query without a schema name, or one of backfill, would see, with its type as DDL writes it; and
-- every unique index over plain columns as a table named table(column,column).
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
UNION ALL
SELECT CASE n.nspname WHEN 'backfill' THEN 'backfill.' || c.relname ELSE c.relname END
         || '(' || (SELECT string_agg(a.attname, ',' ORDER BY k.at)
                      FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS k(attnum, at)
                      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
                     WHERE k.at <= i.indnkeyatts) || ')',
       'unique', '', true, false
  FROM pg_index i
  JOIN pg_class c ON c.oid = i.indrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE i.indisunique
   AND i.indisvalid
   AND i.indpred IS NULL
   AND i.indexprs IS NULL
   AND (n.nspname = 'backfill'
        OR (pg_table_is_visible(c.oid) AND n.nspname NOT IN ('pg_catalog', 'information_schema')))
 ORDER BY 1
