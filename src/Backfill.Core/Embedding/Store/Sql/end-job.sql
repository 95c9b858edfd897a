UPDATE embedding_jobs
   SET status = @status,
       items_processed = @processed,
       error_message = @error,
       completed_at = now(),
       updated_at = now()
 WHERE id = @id
