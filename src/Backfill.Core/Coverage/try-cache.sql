-- Inserts one row into the app's cache, with the embedding stage's own part of the statement.
WITH written AS (
  SELECT @repository_id AS repository_id, 'sample' AS id, 'sample' AS content_hash,
         array_fill(0::real, ARRAY[@dimensions])::{embedding_type} AS embedding
)
{cached}
SELECT id FROM written
