-- The texts of a batch, and the right to embed those that nobody else embeds now: attempts is null for a text that
-- another worker has. The row locks make the look and the taking one: an item that a worker is writing is skipped, and
-- one that was written since this statement began is seen as it is now and left out. Their rows in embedding_claim come
-- in one order for everybody, so that two workers never wait for each other.
WITH candidate AS MATERIALIZED (
  SELECT t.id,
         t.repository_id,
         left(t.title, 2000) AS title,
         left(coalesce(t.body, ''), 2000) AS body,
         h.text_hash,
         (SELECT true
            FROM backfill.embedding_state o
            JOIN :table d ON d.id = o.item_id:::id_type AND d.embedding IS NOT NULL
           WHERE o.content_hash = h.text_hash
             AND o.model_key = @model_key
             AND o.item_type = @item_type
             AND o.quarantined_at IS NULL
           LIMIT 1) IS NOT NULL AS has_twin,
         t.updated_at,
         t.embedding_generated_at
    FROM :table t
   CROSS JOIN LATERAL (SELECT :text_hash AS text_hash OFFSET 0) h
    LEFT JOIN LATERAL (SELECT *
                         FROM backfill.embedding_state e
                        WHERE e.item_type = @item_type AND e.item_id = t.id::text
                        LIMIT 1) s ON true
   WHERE t.id = ANY (@ids:::id_type[])
     AND (@force OR :standing IN ('missing', 'changed')
          OR (@allow_model_change AND :standing = 'model'))
), free AS MATERIALIZED (
  SELECT t.id, c.text_hash
    FROM candidate c
    JOIN :table t ON t.id = c.id
   WHERE (@force OR NOT c.has_twin)
     AND t.embedding_generated_at IS NOT DISTINCT FROM c.embedding_generated_at
     FOR NO KEY UPDATE OF t SKIP LOCKED
), claimed AS (
  INSERT INTO backfill.embedding_claim AS x (text_hash, model_key, worker, lease_until, attempts)
  SELECT DISTINCT f.text_hash, @model_key, @worker, now() + @lease, 1
    FROM free f
   ORDER BY f.text_hash
  ON CONFLICT (text_hash, model_key) DO UPDATE SET
    worker = excluded.worker,
    lease_until = excluded.lease_until,
    attempts = x.attempts + 1
  WHERE x.lease_until <= now()
     -- This very statement once more, after its answer was lost on the way.
     OR x.worker = @worker
     OR (@force AND x.worker IS NULL)
  RETURNING text_hash, attempts
)
SELECT c.id::text, c.repository_id, c.title, c.body, c.text_hash, c.has_twin, x.attempts, c.embedding_generated_at,
       x.attempts IS NULL
       AND (SELECT true
          FROM backfill.embedding_claim b
         WHERE b.text_hash = c.text_hash
           AND b.model_key = @model_key
           AND starts_with(b.worker, 'batch:')
           AND b.lease_until > now()
         LIMIT 1) IS NOT NULL AS in_batch
  FROM candidate c
  LEFT JOIN free f ON f.id = c.id
  LEFT JOIN claimed x ON x.text_hash = f.text_hash
 ORDER BY c.updated_at DESC, c.id::text DESC
