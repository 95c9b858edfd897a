-- Whether the login may read the tables of pg_cron; null where the database has none. The check goes by oid,
-- because a privilege function that takes a name fails for a login that may not use the schema.
SELECT bool_and(has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'))
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'cron'
   AND c.relname IN ('job', 'job_run_details')
