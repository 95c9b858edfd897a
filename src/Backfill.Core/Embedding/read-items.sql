-- The texts of a batch, leaving out what became fresh since the ids were listed; nothing is taken.
-- LIMIT 1 keeps both look-ups in their indexes: joined or hashed they would read all rows for every batch.
SELECT t.id::text,
       t.repository_id,
       left(t.title, 2000),
       left(coalesce(t.body, ''), 2000),
       h.text_hash,
       (SELECT true
          FROM backfill.embedding_state o
          JOIN :table d ON d.id = o.item_id:::id_type AND d.embedding IS NOT NULL
         WHERE o.content_hash = h.text_hash
           AND o.model_key = @model_key
           AND o.item_type = @item_type
           AND o.quarantined_at IS NULL
         LIMIT 1) IS NOT NULL AS has_twin,
       0 AS attempts,
       t.embedding_generated_at,
       (SELECT true
          FROM backfill.embedding_claim b
         WHERE b.text_hash = h.text_hash
           AND b.model_key = @model_key
           AND starts_with(b.worker, 'batch:')
           AND b.lease_until > now()
         LIMIT 1) IS NOT NULL AS in_batch
  FROM :table t
 CROSS JOIN LATERAL (SELECT :text_hash AS text_hash OFFSET 0) h
  LEFT JOIN LATERAL (SELECT *
                       FROM backfill.embedding_state e
                      WHERE e.item_type = @item_type AND e.item_id = t.id::text
                      LIMIT 1) s ON true
 WHERE t.id = ANY (@ids:::id_type[])
   AND (@force OR :standing IN ('missing', 'changed', 'model'))
 ORDER BY t.updated_at DESC, t.id::text DESC
