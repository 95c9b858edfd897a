-- The indexes over the vectors of some tables, and how each is built again without keeping writers out.
SELECT i.indexrelid::regclass::text AS name,
       m.amname AS method,
       regexp_replace(pg_get_indexdef(i.indexrelid), '^CREATE( UNIQUE)? INDEX', E'CREATE\\1 INDEX CONCURRENTLY') AS definition,
       c.relname AS table_name
  FROM pg_index i
  JOIN pg_class c ON c.oid = i.indrelid
  JOIN pg_class x ON x.oid = i.indexrelid
  JOIN pg_am m ON m.oid = x.relam
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'embedding' AND a.attnum = ANY (i.indkey)
 WHERE m.amname IN ('ivfflat', 'hnsw')
   AND c.relname = ANY (@tables)
   AND pg_table_is_visible(c.oid)
 ORDER BY 1
