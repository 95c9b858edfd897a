-- Before the provider is asked for the batch: from here on its texts are its own, whatever becomes of this process. Nothing
-- is written down where a claim lapsed meanwhile. Once more after a lost answer it changes nothing.
WITH held AS (
  UPDATE backfill.embedding_claim
     SET worker = @worker,
         lease_until = now() + @lease
   WHERE (worker = ANY (@workers) OR worker = @worker)
     AND model_key = @model_key
  RETURNING 1
), batch AS (
  INSERT INTO backfill.embedding_batch (key, host, model_key, input_file, state, requests, tokens, forced)
  SELECT @key, @host, @model_key, @input_file, 'submitting', @requests, @tokens, @forced
   WHERE (SELECT count(*) FROM held) = @requests
  ON CONFLICT DO NOTHING
), items AS (
  INSERT INTO backfill.embedding_batch_item (key, text_hash, item_type, item_id, repository_id)
  SELECT @key, x.text_hash, x.item_type, x.item_id, x.repository_id
    FROM unnest(@text_hashes, @item_types, @item_ids, @item_repositories) AS x(text_hash, item_type, item_id, repository_id)
   WHERE (SELECT count(*) FROM held) = @requests
  ON CONFLICT DO NOTHING
)
SELECT count(*) FROM held
