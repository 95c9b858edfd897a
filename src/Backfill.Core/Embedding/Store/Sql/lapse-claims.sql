-- Their processes are gone. The attempt stands: it may be the text that ended them.
UPDATE backfill.embedding_claim
   SET lease_until = now()
 WHERE worker = ANY (@workers)
