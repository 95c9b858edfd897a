-- The texts of a batch with the hash of what is read here, leaving out what became fresh since the ids were listed.
SELECT t.id::text,
       left(t.title, 2000),
       left(coalesce(t.body, ''), 2000),
       :text_hash AS text_hash,
       EXISTS (SELECT
                 FROM backfill.embedding_state o
                 JOIN :table d ON d.id = o.item_id:::id_type AND d.embedding IS NOT NULL
                WHERE o.content_hash = :text_hash
                  AND o.model_key = @model_key
                  AND o.item_type = @item_type
                  AND o.quarantined_at IS NULL) AS has_twin
  FROM :table t
  LEFT JOIN backfill.embedding_state s ON s.item_type = @item_type AND s.item_id = t.id::text
 WHERE t.id = ANY (@ids:::id_type[])
   AND (@force OR :standing = 'missing')
 ORDER BY t.updated_at DESC, t.id::text DESC
