-- The models whose vectors are recorded: of these repositories first, then of the others.
SELECT s.model_key, s.repository_id = ANY (@repository_ids) AS own
  FROM backfill.embedding_state s
 WHERE s.model_key IS NOT NULL
 GROUP BY 1, 2
 ORDER BY 2 DESC, 1
