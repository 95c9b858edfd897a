-- The text and the model that did not go together, with the reason. A new text or model is a new try.
INSERT INTO backfill.embedding_state AS s (
  item_type, item_id, repository_id, model_key, content_hash, attempts, quarantined_at, last_error, updated_at
)
SELECT @item_type, x.id, @repository_id, @model_key, x.text_hash, 1, now(), x.reason, now()
  FROM unnest(@ids, @text_hashes, @reasons) AS x(id, text_hash, reason)
ON CONFLICT (item_type, item_id) DO UPDATE SET
  repository_id = excluded.repository_id,
  model_key = excluded.model_key,
  content_hash = excluded.content_hash,
  attempts = s.attempts + 1,
  quarantined_at = excluded.quarantined_at,
  last_error = excluded.last_error,
  updated_at = excluded.updated_at
