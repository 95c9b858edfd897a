-- Reads the texts of a batch and claims those that no other worker has claimed: attempts is null for a text that another
-- worker has. The row locks join the look and the claim. An item that a worker is writing is skipped. An item that was
-- written since this statement began is read again and left out. Claims are locked in one order by every worker, so two
-- workers never wait for each other.
WITH candidate AS MATERIALIZED (
  SELECT t.id,
         t.repository_id,
         left(t.title, 2000) AS title,
         left(coalesce(t.body, ''), 2000) AS body,
         h.text_hash,
         {has_twin} AS has_twin,
         t.updated_at,
         t.embedding_generated_at
    FROM {table} t
   CROSS JOIN LATERAL (SELECT {text_hash} AS text_hash OFFSET 0) h
    LEFT JOIN LATERAL (SELECT *
                         FROM backfill.embedding_state e
                        WHERE e.item_type = @item_type AND e.item_id = t.id::text
                        LIMIT 1) s ON true
   WHERE t.id = ANY (@ids::{id_type}[])
     AND (@force OR {standing} IN ('missing', 'changed')
          OR (@allow_model_change AND {standing} = 'model'))
), free AS MATERIALIZED (
  SELECT t.id, c.text_hash
    FROM candidate c
    JOIN {table} t ON t.id = c.id
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
     -- The same statement again, after its response was lost.
     OR x.worker = @worker
     OR (@force AND x.worker IS NULL)
  RETURNING text_hash, attempts
)
SELECT h.id::text AS id,
       h.repository_id,
       h.title,
       h.body,
       h.text_hash,
       h.has_twin,
       x.attempts,
       h.embedding_generated_at,
       x.attempts IS NULL AND {in_batch} AS in_batch
  FROM candidate h
  LEFT JOIN free f ON f.id = h.id
  LEFT JOIN claimed x ON x.text_hash = f.text_hash
 ORDER BY h.updated_at DESC, h.id::text DESC
