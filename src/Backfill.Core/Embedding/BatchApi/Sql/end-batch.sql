-- The row stays as a record; what it held is given back by then.
WITH items AS (
  DELETE FROM backfill.embedding_batch_item
   WHERE key = @key
)
UPDATE backfill.embedding_batch
   SET state = @state,
       finished_at = now(),
       charged_tokens = @charged_tokens,
       token_limit = @token_limit,
       error = @error
 WHERE key = @key
