-- Writes vectors. They follow one another in one array, and items with the same text share a place. An item whose text
-- changed since it was embedded is neither written nor returned.
WITH made AS MATERIALIZED (
  SELECT x.id::{id_type} AS id,
         x.text_hash,
         (@vectors::real[])[x.place * @dimensions + 1 : (x.place + 1) * @dimensions] AS vector
    FROM unnest(@ids, @text_hashes, @places) AS x(id, text_hash, place)
), written AS (
  UPDATE {table} t
     SET embedding = made.vector::{embedding_type},
         -- Another clock may have set updated_at: the vector must not look older than its own text.
         embedding_generated_at = greatest(now(), t.updated_at),
         content_hash = {content_hash}
    FROM made
   WHERE t.id = made.id
     AND made.text_hash = {text_hash}
  RETURNING t.id::text AS id, t.repository_id, made.text_hash, t.embedding, t.content_hash
), settled AS (
  UPDATE backfill.embedding_claim c
     SET worker = NULL,
         lease_until = now() + interval '5 seconds',
         attempts = 0
   -- An array and no join: this table's rows come and go, so its statistics are old, and a join would compare all rows.
   WHERE c.text_hash = ANY (@text_hashes)
     AND c.model_key = @model_key
     AND c.worker = @worker
     -- Always true. It makes PostgreSQL lock the items before the claims, in the order of claim-items.sql, so that no
     -- deadlock is possible.
     AND (SELECT count(*) FROM written) >= 0
), {stored}
SELECT id FROM written
