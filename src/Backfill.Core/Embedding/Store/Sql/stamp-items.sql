-- The text is the embedded one still: only the time and the app's own hash of it are brought up.
UPDATE {table} t
   SET embedding_generated_at = greatest(now(), t.updated_at),
       content_hash = {content_hash}
  FROM (SELECT t.id, {text_hash} AS text_hash
          FROM {table} t
          LEFT JOIN backfill.embedding_state s ON s.item_type = @item_type AND s.item_id = t.id::text
         WHERE t.repository_id = ANY (@repository_ids)
           AND {standing} = 'unstamped'
         LIMIT @limit) x
 WHERE t.id = x.id
   AND x.text_hash = {text_hash}
