-- Names that a repository had before it was renamed or transferred, in lower case, so that a later command finds it by them.
CREATE TABLE backfill.repository_name (
  name          text        NOT NULL PRIMARY KEY,
  repository_id uuid        NOT NULL,
  seen_at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX repository_name_repository ON backfill.repository_name (repository_id);
