-- Those that are being written at this moment need no more time.
UPDATE backfill.embedding_claim c
   SET lease_until = now() + @lease
  FROM (SELECT text_hash, model_key
          FROM backfill.embedding_claim
         WHERE worker = ANY (@workers)
           FOR UPDATE SKIP LOCKED) x
 WHERE c.text_hash = x.text_hash
   AND c.model_key = x.model_key
