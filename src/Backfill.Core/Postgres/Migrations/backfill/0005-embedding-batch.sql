-- Batches of texts at the provider (OpenAI's Batch API, half the price, up to a day). While a batch is under way its texts
-- are claimed by it (embedding_claim.worker is 'batch:' and the key), whichever process submitted it, and whichever goes
-- on with it. The key stands in the batch's metadata too, so that a batch whose id was never stored is found again.
CREATE TABLE backfill.embedding_batch (
  key             uuid        PRIMARY KEY,
  batch_id        text,
  host            text        NOT NULL,
  model_key       text        NOT NULL,
  input_file      text        NOT NULL,
  -- 'submitting' until the provider's answer is stored, then the provider's own word.
  state           text        NOT NULL,
  requests        integer     NOT NULL,
  tokens          bigint      NOT NULL,
  -- Also items whose vector was fresh.
  forced          boolean     NOT NULL,
  submitted_at    timestamptz NOT NULL DEFAULT now(),
  expires_at      timestamptz,
  finished_at     timestamptz,
  charged_tokens  bigint,
  -- Tokens that the provider lets wait at once, as a refused batch taught.
  token_limit     bigint,
  error           text
);

-- Which items wait for the texts of a batch; gone once it is finished.
CREATE TABLE backfill.embedding_batch_item (
  key            uuid  NOT NULL REFERENCES backfill.embedding_batch (key) ON DELETE CASCADE,
  text_hash      text  NOT NULL,
  item_type      text  NOT NULL,
  item_id        text  NOT NULL,
  repository_id  uuid  NOT NULL,
  PRIMARY KEY (key, text_hash, item_type, item_id)
);

CREATE INDEX embedding_batch_item_repository ON backfill.embedding_batch_item (repository_id, key);
