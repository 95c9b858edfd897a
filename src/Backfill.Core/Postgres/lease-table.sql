-- Before any migration: two first runs at once must find something to take a lease on. The transaction's own lock
-- keeps them from creating the schema twice; a pooler in transaction mode honours it.
SELECT pg_advisory_xact_lock(hashtext('backfill.lease'));
CREATE SCHEMA IF NOT EXISTS backfill;
CREATE TABLE IF NOT EXISTS backfill.lease (
  resource     text        PRIMARY KEY,
  owner        text        NOT NULL,
  run_id       uuid        NOT NULL,
  acquired_at  timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz NOT NULL
);
