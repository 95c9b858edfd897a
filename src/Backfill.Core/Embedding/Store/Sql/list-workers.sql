SELECT DISTINCT worker
  FROM backfill.embedding_claim
 WHERE worker IS NOT NULL
   AND lease_until > now()
