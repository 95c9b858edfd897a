-- Comments that a repository-wide list brought before their pull request or issue was stored: the row as it is to be
-- written, once its parent is there.
CREATE TABLE backfill.held_comment (
  repository_id  uuid        NOT NULL,
  comment_type   text        NOT NULL,
  github_id      bigint      NOT NULL,
  parent_number  integer     NOT NULL,
  of_issue       boolean     NOT NULL,
  comment        json        NOT NULL,
  held_at        timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (repository_id, comment_type, github_id)
);
CREATE INDEX held_comment_parent ON backfill.held_comment (repository_id, parent_number);

-- Null where a sync left these children out: their number is not known then.
ALTER TABLE backfill.child_count
  ALTER COLUMN reviews DROP NOT NULL,
  ALTER COLUMN reviews DROP DEFAULT,
  ALTER COLUMN comments DROP NOT NULL,
  ALTER COLUMN comments DROP DEFAULT,
  -- When an audit of the whole repository last met the item.
  ADD COLUMN audited_at timestamptz;
