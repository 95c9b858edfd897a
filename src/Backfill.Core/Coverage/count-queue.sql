-- By repository: the items that the app's queue shows. Only read when some wait.
SELECT repository_id, count(*) AS shown
  FROM items_needing_embeddings_priority
 WHERE repository_id = ANY (@repository_ids)
 GROUP BY repository_id
