-- The nearest items by the vectors themselves, past any index: an index over vectors may leave neighbours out.
SELECT r.full_name,
       t.number,
       t.title,
       ((t.embedding <=> @query::real[]::{embedding_type}) + 0)::float8 AS distance
  FROM {table} t
  JOIN repositories r ON r.id = t.repository_id
  LEFT JOIN backfill.embedding_state s ON s.item_type = @item_type AND s.item_id = t.id::text
 WHERE (@all OR t.repository_id = ANY (@repository_ids))
   AND t.embedding IS NOT NULL
   AND (@item_id::text IS NULL OR t.id::text <> @item_id)
   AND coalesce(s.model_key, @unrecorded_model) = @model_key
 ORDER BY distance
 LIMIT @first
