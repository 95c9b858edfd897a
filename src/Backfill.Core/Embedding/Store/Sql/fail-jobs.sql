-- A job of the tool is heard of once a minute.
UPDATE embedding_jobs
   SET status = 'failed',
       error_message = @failure || 'the process that worked on it is gone.',
       completed_at = now(),
       updated_at = now()
 WHERE status = 'processing'
   AND starts_with(error_message, @mark)
   AND updated_at < now() - interval '5 minutes'
