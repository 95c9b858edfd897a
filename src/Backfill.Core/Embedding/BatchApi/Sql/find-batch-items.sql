SELECT text_hash, item_type, item_id, repository_id
  FROM backfill.embedding_batch_item
 WHERE key = @key
   AND text_hash = ANY (@text_hashes)
