-- The models whose vectors are recorded, and the number of vectors of each.
SELECT model_key, count(*) AS vectors
  FROM backfill.embedding_state
 WHERE model_key IS NOT NULL
 GROUP BY 1
 ORDER BY 2 DESC
 LIMIT 50
