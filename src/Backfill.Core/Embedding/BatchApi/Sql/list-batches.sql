-- Batches that are not finished: the named ones, else those with items of some repositories.
SELECT b.key,
       b.batch_id,
       b.input_file,
       b.requests,
       b.tokens,
       b.forced,
       b.submitted_at,
       now() - b.submitted_at AS age
  FROM backfill.embedding_batch b
 WHERE b.finished_at IS NULL
   AND b.host = @host
   AND b.model_key = @model_key
   AND CASE WHEN cardinality(@batch_ids) > 0 THEN b.batch_id = ANY (@batch_ids)
            ELSE EXISTS (SELECT FROM backfill.embedding_batch_item i
                          WHERE i.key = b.key AND i.repository_id = ANY (@repository_ids))
       END
 ORDER BY b.submitted_at, b.key
