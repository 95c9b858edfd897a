remembered AS (
  INSERT INTO backfill.embedding_state (item_type, item_id, repository_id, model_key, content_hash, vector_digest, updated_at)
  SELECT @item_type, w.id, w.repository_id, @model_key, w.text_hash, hash_array_extended(w.embedding::real[], 0), now()
    FROM written w
  ON CONFLICT (item_type, item_id) DO UPDATE SET
    repository_id = excluded.repository_id,
    model_key = excluded.model_key,
    content_hash = excluded.content_hash,
    vector_digest = excluded.vector_digest,
    attempts = 0,
    quarantined_at = NULL,
    last_error = NULL,
    updated_at = excluded.updated_at
) {cached}
