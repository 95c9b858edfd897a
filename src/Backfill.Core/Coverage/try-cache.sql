-- A row of the app's cache, inserted by the part of the embedding stage's statement that does it.
WITH written AS (
  SELECT @repository_id AS repository_id, 'sample' AS id, 'sample' AS content_hash,
         array_fill(0::real, ARRAY[@dimensions])::{embedding_type} AS embedding
)
{cached}
SELECT id FROM written
