-- Items whose very text already has a vector of this model somewhere take that vector, unless somebody wrote theirs
-- since they were read.
WITH twin AS (
  SELECT DISTINCT ON (x.id) x.id, x.text_hash, x.generated_at, d.embedding
    FROM unnest(@ids, @text_hashes, @generated_at) AS x(id, text_hash, generated_at)
    JOIN backfill.embedding_state o
      ON o.content_hash = x.text_hash
     AND o.model_key = @model_key
     AND o.item_type = @item_type
     AND o.quarantined_at IS NULL
    JOIN :table d ON d.id = o.item_id:::id_type AND d.embedding IS NOT NULL
   ORDER BY x.id, o.item_id
), written AS (
  UPDATE :table t
     SET embedding = twin.embedding,
         embedding_generated_at = greatest(now(), t.updated_at),
         content_hash = :content_hash
    FROM twin
   WHERE t.id = twin.id:::id_type
     AND twin.text_hash = :text_hash
     AND t.embedding_generated_at IS NOT DISTINCT FROM twin.generated_at
  RETURNING t.id::text AS id, t.repository_id, twin.text_hash, t.embedding, t.content_hash
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
) :cached
SELECT id FROM written
