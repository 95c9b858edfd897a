-- Every unique key over plain columns, with its columns in their order, separated by commas.
SELECT CASE n.nspname WHEN 'backfill' THEN 'backfill.' || c.relname ELSE c.relname END AS table_name,
       (SELECT string_agg(a.attname, ',' ORDER BY k.at)
          FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS k(attnum, at)
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
         WHERE k.at <= i.indnkeyatts) AS key_columns
  FROM pg_index i
  JOIN pg_class c ON c.oid = i.indrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE i.indisunique
   AND i.indisvalid
   AND i.indpred IS NULL
   AND i.indexprs IS NULL
   AND (n.nspname = 'backfill'
        OR (pg_table_is_visible(c.oid) AND n.nspname NOT IN ('pg_catalog', 'information_schema')))
