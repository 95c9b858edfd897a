-- Runs before any migration, because two first runs at once need a table to take a lease in. The lock of the transaction
-- keeps them from creating the schema twice. It works behind a pooler in transaction mode.
SELECT pg_advisory_xact_lock(hashtext('backfill.lease'));
CREATE SCHEMA IF NOT EXISTS backfill;
CREATE TABLE IF NOT EXISTS backfill.lease (
  resource     text        PRIMARY KEY,
  owner        text        NOT NULL,
  run_id       uuid        NOT NULL,
  acquired_at  timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz NOT NULL
);
