SELECT name, definition
  FROM backfill.embedding_index
 ORDER BY name
