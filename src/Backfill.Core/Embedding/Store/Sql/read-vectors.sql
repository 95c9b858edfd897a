-- Where the database has no operator for it, the distances are worked out here: the vectors come one after the other.
SELECT r.full_name, t.number, t.title, t.embedding::real[] AS vector
  FROM {table} t
  JOIN repositories r ON r.id = t.repository_id
  LEFT JOIN backfill.embedding_state s ON s.item_type = @item_type AND s.item_id = t.id::text
 WHERE (@all OR t.repository_id = ANY (@repository_ids))
   AND t.embedding IS NOT NULL
   AND (@item_id::text IS NULL OR t.id::text <> @item_id)
   AND coalesce(s.model_key, @unrecorded_model) = @model_key
