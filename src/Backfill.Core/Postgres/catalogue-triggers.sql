-- The triggers of the tables that a query finds without a schema name. A trigger that runs with its caller's rights and
-- reads Supabase's schema auth fails for a login that may not use that schema.
SELECT c.relname AS table_name,
       t.tgname AS trigger_name,
       concat_ws(' ', CASE WHEN t.tgtype & 2 = 2 THEN 'BEFORE' ELSE 'AFTER' END,
                 concat_ws(' OR ', CASE WHEN t.tgtype & 4 = 4 THEN 'INSERT' END,
                                   CASE WHEN t.tgtype & 16 = 16 THEN 'UPDATE' END,
                                   CASE WHEN t.tgtype & 8 = 8 THEN 'DELETE' END)) AS events,
       p.proname AS function_name,
       CASE WHEN p.prosecdef OR p.prosrc !~ E'\\mauth\\.uid\\(' OR auth.oid IS NULL THEN NULL
            WHEN NOT has_schema_privilege(auth.oid, 'USAGE') THEN 'USAGE on schema auth'
            WHEN NOT has_function_privilege(to_regprocedure('auth.uid()'), 'EXECUTE') THEN 'EXECUTE on function auth.uid()'
            END AS missing_right
  FROM pg_trigger t
  JOIN pg_class c ON c.oid = t.tgrelid
  JOIN pg_proc p ON p.oid = t.tgfoid
  LEFT JOIN pg_namespace auth ON auth.nspname = 'auth'
 WHERE NOT t.tgisinternal
   AND t.tgenabled <> 'D'
   AND pg_table_is_visible(c.oid)
 ORDER BY 1, 2
