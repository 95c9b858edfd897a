-- Batches that have not ended, the newest first.
SELECT batch_id, model_key, requests, submitted_at
  FROM backfill.embedding_batch
 WHERE finished_at IS NULL AND batch_id IS NOT NULL
 ORDER BY submitted_at DESC
 LIMIT 50
