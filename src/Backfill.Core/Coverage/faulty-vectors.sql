-- The vectors of one type of items of each repository, each with what is wrong with it (fault), null where nothing is: see item-vector-fault.sql, a
-- vector of another length than most, and one vector of more than three different texts. Three texts can be the same to a model,
-- for example where they differ only behind its longest input.
inspected AS MATERIALIZED (
  SELECT t.repository_id,
         t.id,
         t.number,
         {vector_fault} AS fault,
         s.vector_digest IS NULL AS is_unproven,
         hash_array_extended(t.embedding::real[], 0) AS digest,
         cardinality(t.embedding::real[]) AS length,
         coalesce(s.content_hash, {text_hash}) AS text_hash
    FROM {table} t
    LEFT JOIN backfill.embedding_state s ON s.item_type = @item_type AND s.item_id = t.id::text
   WHERE t.repository_id = ANY (@repository_ids)
     AND t.embedding IS NOT NULL
), shared AS (
  SELECT repository_id, digest FROM inspected GROUP BY repository_id, digest HAVING count(DISTINCT text_hash) > 3
), usual AS (
  SELECT repository_id, mode() WITHIN GROUP (ORDER BY length) AS length FROM inspected GROUP BY repository_id
), judged AS (
  SELECT i.repository_id, i.id, i.number, i.is_unproven,
         CASE WHEN i.fault IS NOT NULL THEN i.fault
              WHEN h.digest IS NOT NULL THEN 'the same for many texts'
              WHEN i.length <> u.length THEN 'of another length' END AS fault
    FROM inspected i
    JOIN usual u ON u.repository_id = i.repository_id
    LEFT JOIN shared h ON h.repository_id = i.repository_id AND h.digest = i.digest
)
