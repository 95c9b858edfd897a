-- Lists one page of the items that need a vector, newest first. Their texts are read later, in batches.
SELECT t.id::text AS id, t.updated_at
  FROM {table} t
  LEFT JOIN backfill.embedding_state s ON s.item_type = @item_type AND s.item_id = t.id::text
 WHERE t.repository_id = ANY (@repository_ids)
   AND (@after_id::text IS NULL OR (t.updated_at, t.id::text) < (@after_at, @after_id))
   AND (@force OR {standing} IN ('missing', 'changed', 'model'))
 ORDER BY t.updated_at DESC, t.id::text DESC
 LIMIT @limit
