-- Everything that Backfill needs of a login, for the owner of the tables to run, after Initialize-BackfillDatabase and
-- again after an update of the module. Tables that a database lacks are left out. Change the role's name in the next line.
DO $grants$
DECLARE
  operator text := 'backfill_operator';
  needed   record;
BEGIN
  IF to_regrole(operator) IS NULL THEN
    RAISE EXCEPTION 'There is no role %. Run: CREATE ROLE % LOGIN BYPASSRLS PASSWORD ''...''', operator, operator;
  END IF;

  -- The tool's own bookkeeping.
  EXECUTE format('GRANT USAGE ON SCHEMA backfill TO %I', operator);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA backfill TO %I', operator);

  -- The content and what the app looks at. Nothing is ever deleted, except a finished row of the old metrics queue.
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), operator);
  FOR needed IN
    SELECT * FROM (VALUES
      ('repositories',                      'SELECT, INSERT, UPDATE'),
      ('tracked_repositories',              'SELECT, INSERT, UPDATE'),
      ('contributors',                      'SELECT, INSERT, UPDATE'),
      ('pull_requests',                     'SELECT, INSERT, UPDATE'),
      ('issues',                            'SELECT, INSERT, UPDATE'),
      ('reviews',                           'SELECT, INSERT, UPDATE'),
      ('comments',                          'SELECT, INSERT, UPDATE'),
      ('discussions',                       'SELECT, INSERT, UPDATE'),
      ('discussion_comments',               'SELECT, INSERT, UPDATE'),
      ('workspaces',                        'SELECT, INSERT, UPDATE'),
      ('workspace_repositories',            'SELECT, INSERT'),
      ('workspace_tracked_repositories',    'SELECT'),
      ('progressive_capture_jobs',          'SELECT, INSERT, UPDATE'),
      ('embedding_jobs',                    'SELECT, INSERT, UPDATE'),
      ('similarity_cache',                  'SELECT, INSERT, UPDATE'),
      ('sync_logs',                         'SELECT, INSERT, UPDATE'),
      ('workspace_metrics_cache',           'SELECT, INSERT, UPDATE'),
      ('workspace_metrics_history',         'SELECT, INSERT, UPDATE'),
      ('workspace_aggregation_queue',       'SELECT, UPDATE, DELETE'),
      ('items_needing_embeddings_priority', 'SELECT')) AS need (name, rights)
     WHERE to_regclass(name) IS NOT NULL
  LOOP
    EXECUTE format('GRANT %s ON %I TO %I', needed.rights, needed.name, operator);
  END LOOP;

  -- The app's triggers on issues ask who is signed in.
  IF to_regprocedure('auth.uid()') IS NOT NULL THEN
    EXECUTE format('GRANT USAGE ON SCHEMA auth TO %I', operator);
    EXECUTE format('GRANT EXECUTE ON FUNCTION auth.uid() TO %I', operator);
  END IF;

  -- The owner of the tables sees every row; everybody else needs BYPASSRLS.
  IF NOT (SELECT rolbypassrls OR rolsuper FROM pg_roles WHERE rolname = operator) THEN
    RAISE WARNING 'Row-level security hides rows from %: run ALTER ROLE % BYPASSRLS.', operator, operator;
  END IF;
END
$grants$;
