-- Which batches each repository waits for, by the provider's id where it is known.
SELECT DISTINCT i.repository_id, coalesce(b.batch_id, b.key::text) AS id
  FROM backfill.embedding_batch_item i
  JOIN backfill.embedding_batch b ON b.key = i.key
 WHERE i.repository_id = ANY (@repository_ids)
   AND b.model_key = @model_key
   AND b.finished_at IS NULL
 ORDER BY 1, 2
