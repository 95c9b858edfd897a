, cached AS (
  INSERT INTO similarity_cache (repository_id, item_type, item_id, content_hash, embedding, ttl_hours)
  SELECT w.repository_id, @item_type, w.id, w.content_hash, w.embedding, 168
    FROM written w
  ON CONFLICT (repository_id, item_type, item_id) DO UPDATE SET
    content_hash = excluded.content_hash,
    embedding = excluded.embedding,
    ttl_hours = excluded.ttl_hours,
    -- The app's clean-up counts the hours from here.
    created_at = now(),
    accessed_at = now()
)
