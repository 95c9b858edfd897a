-- Gives an item the vector of another item with the same text and model, unless the item's own vector was written since
-- the item was read. Only a vector that is as the tool wrote it is given on.
WITH twin AS (
  SELECT DISTINCT ON (x.id) x.id, x.text_hash, x.generated_at, d.embedding
    FROM unnest(@ids, @text_hashes, @generated_at) AS x(id, text_hash, generated_at)
    JOIN backfill.embedding_state o
      ON o.content_hash = x.text_hash
     AND o.model_key = @model_key
     AND o.item_type = @item_type
     AND o.quarantined_at IS NULL
    JOIN {table} d
      ON d.id = o.item_id::{id_type}
     AND o.vector_digest = hash_array_extended(d.embedding::real[], 0)
   ORDER BY x.id, o.item_id
), written AS (
  UPDATE {table} t
     SET embedding = twin.embedding,
         embedding_generated_at = greatest(now(), t.updated_at),
         content_hash = {content_hash}
    FROM twin
   WHERE t.id = twin.id::{id_type}
     AND twin.text_hash = {text_hash}
     AND t.embedding_generated_at IS NOT DISTINCT FROM twin.generated_at
  RETURNING t.id::text AS id, t.repository_id, twin.text_hash, t.embedding, t.content_hash
), {stored}
SELECT id FROM written
