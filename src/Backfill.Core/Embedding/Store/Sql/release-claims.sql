-- Gives texts back that were not embedded: all of some workers', or some of them. It was no attempt.
WITH given AS (
  SELECT text_hash, model_key
    FROM backfill.embedding_claim
   WHERE worker = ANY (@workers)
     AND (@text_hashes::text[] IS NULL OR text_hash = ANY (@text_hashes))
     FOR UPDATE
), fresh AS (
  DELETE FROM backfill.embedding_claim c
   USING given g
   WHERE c.text_hash = g.text_hash
     AND c.model_key = g.model_key
     AND c.attempts = 1
)
UPDATE backfill.embedding_claim c
   SET worker = NULL,
       lease_until = now(),
       attempts = c.attempts - 1
  FROM given g
 WHERE c.text_hash = g.text_hash
   AND c.model_key = g.model_key
   AND c.attempts > 1
