-- Reads the texts of a batch without claiming them. Items that got their vector since the ids were listed are left out.
-- LIMIT 1 makes PostgreSQL look each row up in an index. A join or a hash would read all rows for every batch.
SELECT t.id::text AS id,
       t.repository_id,
       left(t.title, 2000) AS title,
       left(coalesce(t.body, ''), 2000) AS body,
       h.text_hash,
       {has_twin} AS has_twin,
       0 AS attempts,
       t.embedding_generated_at,
       {in_batch} AS in_batch
  FROM {table} t
 CROSS JOIN LATERAL (SELECT {text_hash} AS text_hash OFFSET 0) h
  LEFT JOIN LATERAL (SELECT *
                       FROM backfill.embedding_state e
                      WHERE e.item_type = @item_type AND e.item_id = t.id::text
                      LIMIT 1) s ON true
 WHERE t.id = ANY (@ids::{id_type}[])
   AND (@force OR {standing} IN ('missing', 'changed', 'model'))
 ORDER BY t.updated_at DESC, t.id::text DESC
