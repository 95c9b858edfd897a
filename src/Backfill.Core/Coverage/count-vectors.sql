-- By repository: the vectors of one type of items. When a text differs from the embedded text but GitHub's time of update is not
-- later than the vector, another program changed the text. The rows are counted by length and model first, which needs no sort.
SELECT repository_id,
       sum(total)::bigint AS total,
       coalesce(sum(total) FILTER (WHERE length IS NOT NULL), 0)::bigint AS embedded,
       sum(quarantined)::bigint AS quarantined,
       sum(stale)::bigint AS stale,
       coalesce(array_agg(DISTINCT length) FILTER (WHERE length IS NOT NULL), '{}') AS lengths,
       coalesce(array_agg(DISTINCT model_key) FILTER (WHERE length IS NOT NULL AND model_key IS NOT NULL), '{}') AS models,
       coalesce(sum(total) FILTER (WHERE length IS NOT NULL AND model_key IS NULL), 0)::bigint AS unrecorded,
       sum(misdated)::bigint AS misdated,
       sum(altered)::bigint AS altered
  FROM (SELECT x.repository_id, x.length, x.model_key,
               count(*) AS total,
               count(*) FILTER (WHERE x.quarantined) AS quarantined,
               count(*) FILTER (WHERE x.stale) AS stale,
               count(*) FILTER (WHERE (x.length IS NULL) <> (x.embedding_generated_at IS NULL)) AS misdated,
               count(*) FILTER (WHERE x.stale AND x.embedding_generated_at >= x.updated_at) AS altered
          FROM (SELECT t.repository_id,
                       {length}(t.embedding) AS length,
                       s.quarantined_at IS NOT NULL AS quarantined,
                       s.model_key,
                       t.embedding_generated_at,
                       t.updated_at,
                       CASE WHEN t.embedding IS NULL THEN false
                            WHEN s.content_hash IS NOT NULL THEN s.content_hash <> {text_hash}
                            ELSE t.content_hash IS DISTINCT FROM {content_hash} END AS stale
                  FROM {table} t
                  LEFT JOIN backfill.embedding_state s ON s.item_type = @item_type AND s.item_id = t.id::text
                 WHERE t.repository_id = ANY (@repository_ids)) x
         GROUP BY x.repository_id, x.length, x.model_key) alike
 GROUP BY repository_id
