-- The models whose vectors are recorded: of this repository first, then of the others.
SELECT s.model_key, s.repository_id = @repository_id AS own
  FROM backfill.embedding_state s
 WHERE s.model_key IS NOT NULL
 GROUP BY 1, 2
 ORDER BY 2 DESC, 1
