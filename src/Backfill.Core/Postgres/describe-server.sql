SELECT current_setting('server_version'),
       EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector'),
       EXISTS (SELECT FROM pg_extension WHERE extname = 'vector'),
       current_schema()
