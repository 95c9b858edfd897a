-- What was written, and what nobody has come back to for a day.
DELETE FROM backfill.embedding_claim c
 USING (SELECT text_hash, model_key
          FROM backfill.embedding_claim
         WHERE (worker IS NULL AND attempts = 0 AND lease_until < now())
            OR lease_until < now() - interval '24 hours'
           FOR UPDATE SKIP LOCKED) x
 WHERE c.text_hash = x.text_hash
   AND c.model_key = x.model_key
