-- Items whose text the batch still holds: no answer came for it, or every item that had it was edited. Each claim is looked
-- up by itself: nobody has analyzed a table whose rows come and go.
SELECT i.text_hash, i.item_type, i.item_id, i.repository_id
  FROM backfill.embedding_batch_item i
 WHERE i.key = @key
   AND (SELECT c.worker
          FROM backfill.embedding_claim c
         WHERE c.text_hash = i.text_hash
           AND c.model_key = @model_key
         LIMIT 1) = @worker
