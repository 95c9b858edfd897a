-- Tokens that the provider lets wait at once, as far as it is known: a batch that was refused for them taught it. Limits
-- grow with the account, so that what is older than a week is tried anew.
SELECT token_limit
  FROM backfill.embedding_batch
 WHERE host = @host
   AND model_key = @model_key
   AND token_limit IS NOT NULL
   AND submitted_at > now() - interval '168 hours'
 ORDER BY submitted_at DESC
 LIMIT 1
