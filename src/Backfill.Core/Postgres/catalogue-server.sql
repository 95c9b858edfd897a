SELECT split_part(current_setting('server_version'), ' ', 1),
       current_database()::text,
       current_user::text,
       current_schema()::text,
       EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector'),
       EXISTS (SELECT FROM pg_extension WHERE extname = 'vector'),
       has_database_privilege(current_database(), 'CREATE'),
       EXISTS (SELECT FROM pg_namespace WHERE nspname = 'backfill' AND has_schema_privilege(oid, 'USAGE'))
