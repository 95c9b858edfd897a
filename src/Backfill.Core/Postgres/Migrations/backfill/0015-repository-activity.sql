-- What the metrics of a workspace count of each of its repositories, so that a repository that did not change since is not read
-- again. `items` has 13 bytes per pull request and issue, `reviews` 8 per reviewed pull request: the structures of
-- RepositoryActivity. `source` says what the repository was when it was read.
CREATE TABLE backfill.repository_activity (
  workspace_id  uuid        NOT NULL,
  repository_id uuid        NOT NULL,
  source        text        NOT NULL,
  read_at       timestamptz NOT NULL,
  people        uuid[]      NOT NULL,
  items         bytea       NOT NULL,
  reviews       bytea       NOT NULL,
  PRIMARY KEY (workspace_id, repository_id)
);
-- Compressing the numbers would take longer than reading them.
ALTER TABLE backfill.repository_activity
  ALTER COLUMN people SET STORAGE EXTERNAL,
  ALTER COLUMN items SET STORAGE EXTERNAL,
  ALTER COLUMN reviews SET STORAGE EXTERNAL;
