-- The text and the model that did not go together, with the reason. A new text or model is a new try.
WITH refused AS MATERIALIZED (
  SELECT x.id, x.repository_id, x.text_hash, x.reason
    FROM unnest(@ids, @item_repositories, @text_hashes, @reasons) AS x(id, repository_id, text_hash, reason)
), settled AS (
  DELETE FROM backfill.embedding_claim c
   USING refused r
   WHERE c.text_hash = r.text_hash
     AND c.model_key = @model_key
     AND c.worker = @worker
)
INSERT INTO backfill.embedding_state AS s (
  item_type, item_id, repository_id, model_key, content_hash, attempts, quarantined_at, last_error, updated_at
)
SELECT @item_type, r.id, r.repository_id, @model_key, r.text_hash, 1, now(), r.reason, now()
  FROM refused r
ON CONFLICT (item_type, item_id) DO UPDATE SET
  repository_id = excluded.repository_id,
  model_key = excluded.model_key,
  content_hash = excluded.content_hash,
  attempts = s.attempts + 1,
  quarantined_at = excluded.quarantined_at,
  last_error = excluded.last_error,
  updated_at = excluded.updated_at
