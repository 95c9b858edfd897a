-- Who embeds a text now. The right belongs to the text and not to an item: identical texts of several items are paid
-- for once, whichever process gets them, and an item that is edited meanwhile is free again at once. A row without a
-- worker is a text that has just been written; it is kept for some seconds, so that a statement that began before
-- the write does not take the text again.
CREATE TABLE backfill.embedding_claim (
  text_hash    text        NOT NULL,
  model_key    text        NOT NULL,
  worker       text,
  lease_until  timestamptz NOT NULL,
  attempts     integer     NOT NULL,
  PRIMARY KEY (text_hash, model_key)
);

ALTER TABLE backfill.embedding_state
  DROP COLUMN worker,
  DROP COLUMN lease_until,
  DROP COLUMN next_attempt_at;

-- Indexes over vectors that were dropped for a big backfill and have to be built again, whatever ends the run.
CREATE TABLE backfill.embedding_index (
  name        text        PRIMARY KEY,
  definition  text        NOT NULL,
  dropped_at  timestamptz NOT NULL DEFAULT now()
);
