SELECT t.id::text AS id, t.embedding::real[] AS vector, coalesce(s.model_key, @unrecorded_model) AS model
  FROM {table} t
  LEFT JOIN backfill.embedding_state s ON s.item_type = @item_type AND s.item_id = t.id::text
 WHERE t.repository_id = ANY (@repository_ids)
   AND t.number = @number
   AND t.embedding IS NOT NULL
