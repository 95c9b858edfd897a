(SELECT true
          FROM backfill.embedding_claim b
         WHERE b.text_hash = h.text_hash
           AND b.model_key = @model_key
           AND starts_with(b.worker, 'batch:')
           AND b.lease_until > now()
         LIMIT 1) IS NOT NULL
