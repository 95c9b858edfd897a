-- A hash over the numbers of the vector as the tool stored it. A vector that differs from its hash was altered since by another
-- program. Vectors from before have no hash.
ALTER TABLE backfill.embedding_state ADD COLUMN vector_digest bigint;
