-- The tool's own bookkeeping. No foreign keys to the content tables: those may be another application's.

CREATE SCHEMA IF NOT EXISTS backfill;

-- One row a run. counts: entity -> {stored, added, updated, total}.
CREATE TABLE backfill.sync_run (
  id              uuid        PRIMARY KEY,
  repository_id   uuid        NOT NULL,
  repository      text        NOT NULL,
  engine          text        NOT NULL,
  state           text        NOT NULL CHECK (state IN ('Queued', 'Running', 'Waiting', 'Completed', 'Incomplete',
                                                        'Failed', 'Stopped', 'Interrupted')),
  since           timestamptz,
  counts          jsonb       NOT NULL DEFAULT '[]',
  gaps            jsonb       NOT NULL DEFAULT '[]',
  requests        integer     NOT NULL DEFAULT 0,
  points          integer     NOT NULL DEFAULT 0,
  waiting_until   timestamptz,
  stop_requested  boolean     NOT NULL DEFAULT false,
  error_id        text,
  error           text,
  event_id        text,
  owner           text        NOT NULL,
  started_at      timestamptz NOT NULL DEFAULT now(),
  heartbeat_at    timestamptz NOT NULL DEFAULT now(),
  finished_at     timestamptz
);
CREATE INDEX sync_run_repository ON backfill.sync_run (repository_id, started_at DESC);
CREATE INDEX sync_run_unfinished ON backfill.sync_run (state) WHERE finished_at IS NULL;

-- What is known of a lane's history: everything between the oldest and the newest cursor. Without an oldest cursor
-- and with reached_beginning, the window begins with the first item there is.
CREATE TABLE backfill.sync_window (
  repository_id     uuid        NOT NULL,
  lane              text        NOT NULL,
  newest_cursor     text,
  newest_at         timestamptz,
  oldest_cursor     text,
  oldest_at         timestamptz,
  reached_beginning boolean     NOT NULL DEFAULT false,
  page_size         integer,
  plan              text,
  etag              text,
  updated_at        timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (repository_id, lane)
);

-- What could not be read yet: the overflow of a page (cause 'overflow', to be fetched in the same run) and what
-- failed. parent is the node id of the item that the missing rows belong to, cursor where its next page begins.
CREATE TABLE backfill.sync_gap (
  repository_id  uuid        NOT NULL,
  entity         text        NOT NULL,
  parent         text        NOT NULL DEFAULT '',
  parent_number  integer,
  cursor         text,
  cause          text        NOT NULL,
  attempts       integer     NOT NULL DEFAULT 0,
  run_id         uuid,
  first_seen_at  timestamptz NOT NULL DEFAULT now(),
  last_tried_at  timestamptz,
  PRIMARY KEY (repository_id, entity, parent)
);

-- How many children GitHub counted under an item when it was last read: the measure for reviews and comments,
-- for which GitHub has no total of a whole repository. parent is the item's node id.
CREATE TABLE backfill.child_count (
  repository_id  uuid        NOT NULL,
  parent_type    text        NOT NULL,
  parent_number  integer     NOT NULL,
  parent         text        NOT NULL,
  reviews        integer     NOT NULL DEFAULT 0,
  comments       integer     NOT NULL DEFAULT 0,
  read_at        timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (repository_id, parent_type, parent_number)
);

-- GitHub's accounts by their numeric id, with the node id that a profile is read by.
CREATE TABLE backfill.actor (
  github_id        bigint      PRIMARY KEY,
  node_id          text,
  login            text        NOT NULL,
  kind             text        NOT NULL,
  profile_read_at  timestamptz
);

CREATE TABLE backfill.tombstone (
  repository_id  uuid        NOT NULL,
  entity         text        NOT NULL,
  github_id      bigint      NOT NULL,
  number         integer,
  reason         text        NOT NULL,
  moved_to       text,
  seen_at        timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (entity, github_id)
);

-- A text as GitHub sent it, in UTF-16 (little endian), where PostgreSQL cannot hold it: NUL or a lone surrogate.
CREATE TABLE backfill.source_text (
  repository_id  uuid        NOT NULL,
  entity         text        NOT NULL,
  github_id      bigint      NOT NULL,
  field          text        NOT NULL,
  original       bytea       NOT NULL,
  seen_at        timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (entity, github_id, field)
);

-- One row an item: who made its vector, from which text, and what became of attempts that failed.
CREATE TABLE backfill.embedding_state (
  item_type         text        NOT NULL,
  item_id           text        NOT NULL,
  repository_id     uuid        NOT NULL,
  model_key         text,
  content_hash      text,
  worker            text,
  lease_until       timestamptz,
  attempts          integer     NOT NULL DEFAULT 0,
  next_attempt_at   timestamptz,
  quarantined_at    timestamptz,
  last_error        text,
  updated_at        timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (item_type, item_id)
);
CREATE INDEX embedding_state_repository ON backfill.embedding_state (repository_id, item_type);
CREATE INDEX embedding_state_hash ON backfill.embedding_state (content_hash, model_key);

CREATE TABLE backfill.workspace_metrics (
  workspace_id   uuid        NOT NULL,
  time_range     text        NOT NULL,
  period_start   timestamptz,
  period_end     timestamptz NOT NULL,
  metrics        jsonb       NOT NULL,
  calculated_at  timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, time_range)
);

CREATE TABLE backfill.workspace_metrics_history (
  workspace_id   uuid        NOT NULL,
  metric_date    date        NOT NULL,
  time_range     text        NOT NULL,
  metrics        jsonb       NOT NULL,
  calculated_at  timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, metric_date, time_range)
);
