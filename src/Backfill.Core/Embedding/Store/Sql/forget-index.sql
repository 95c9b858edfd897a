DELETE FROM backfill.embedding_index
 WHERE name = @name
