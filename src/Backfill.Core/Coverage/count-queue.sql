-- Items of the repository that wait for a vector, and how many of them the app's queue shows; the queue is only read when some wait.
WITH waiting AS MATERIALIZED (
  SELECT (SELECT count(*) FROM issues WHERE repository_id = @repository_id AND embedding IS NULL)
         + (SELECT count(*) FROM pull_requests WHERE repository_id = @repository_id AND embedding IS NULL) AS items
)
SELECT items,
       CASE WHEN items > 0 THEN (SELECT count(*) FROM items_needing_embeddings_priority WHERE repository_id = @repository_id) END AS shown --? items_needing_embeddings_priority
       NULL::bigint AS shown --? !items_needing_embeddings_priority
  FROM waiting
