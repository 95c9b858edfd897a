-- The vectors lie one after the other in one array; several items of one text share a place. An item whose text
-- is not the embedded one any more is left alone and not returned.
WITH made AS MATERIALIZED (
  SELECT x.id:::id_type AS id,
         x.text_hash,
         (@vectors::real[])[x.place * @dimensions + 1 : (x.place + 1) * @dimensions] AS vector
    FROM unnest(@ids, @text_hashes, @places) AS x(id, text_hash, place)
), written AS (
  UPDATE :table t
     SET embedding = made.vector:::embedding_type,
         -- Another clock may have set updated_at: the vector must not look older than its own text.
         embedding_generated_at = greatest(now(), t.updated_at),
         content_hash = :content_hash
    FROM made
   WHERE t.id = made.id
     AND made.text_hash = :text_hash
  RETURNING t.id::text AS id, t.repository_id, made.text_hash, t.embedding, t.content_hash
), remembered AS (
  INSERT INTO backfill.embedding_state (item_type, item_id, repository_id, model_key, content_hash, updated_at)
  SELECT @item_type, w.id, w.repository_id, @model_key, w.text_hash, now()
    FROM written w
  ON CONFLICT (item_type, item_id) DO UPDATE SET
    repository_id = excluded.repository_id,
    model_key = excluded.model_key,
    content_hash = excluded.content_hash,
    attempts = 0,
    quarantined_at = NULL,
    last_error = NULL,
    updated_at = excluded.updated_at
), settled AS (
  UPDATE backfill.embedding_claim c
     SET worker = NULL,
         lease_until = now() + interval '5 seconds',
         attempts = 0
   -- The array and no join: nobody has analyzed a table whose rows come and go, and a join would compare all with all.
   WHERE c.text_hash = ANY (@text_hashes)
     AND c.model_key = @model_key
     AND c.worker = @worker
     -- The items before the claims, as whoever claims locks them.
     AND (SELECT count(*) FROM written) >= 0
) :cached
SELECT id FROM written
