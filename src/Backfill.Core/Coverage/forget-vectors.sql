-- Removes the faulty vectors, so that Invoke-EmbeddingBackfill makes them again.
WITH {faulty_vectors}
UPDATE {table} t
   SET embedding = NULL, embedding_generated_at = NULL
  FROM judged j
 WHERE t.id = j.id
   AND j.fault IS NOT NULL
