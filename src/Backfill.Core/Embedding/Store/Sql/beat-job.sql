UPDATE embedding_jobs
   SET items_processed = @processed,
       updated_at = now()
 WHERE id = @id
