UPDATE backfill.embedding_batch
   SET batch_id = @batch_id,
       state = @state,
       expires_at = @expires_at
 WHERE key = @key
