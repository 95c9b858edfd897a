-- The vectors of one type of items. When a text differs from the embedded text but GitHub's time of update is not later than
-- the vector, another program changed the text.
SELECT count(*) AS total,
       count(*) FILTER (WHERE x.length IS NOT NULL) AS embedded,
       count(*) FILTER (WHERE x.quarantined) AS quarantined,
       count(*) FILTER (WHERE x.length IS NOT NULL AND x.stale) AS stale,
       coalesce(array_agg(DISTINCT x.length) FILTER (WHERE x.length IS NOT NULL), '{}') AS lengths,
       coalesce(array_agg(DISTINCT x.model_key) FILTER (WHERE x.length IS NOT NULL AND x.model_key IS NOT NULL), '{}') AS models,
       count(*) FILTER (WHERE x.length IS NOT NULL AND x.model_key IS NULL) AS unrecorded,
       count(*) FILTER (WHERE (x.length IS NULL) <> (x.embedding_generated_at IS NULL)) AS misdated,
       count(*) FILTER (WHERE x.length IS NOT NULL AND x.stale AND x.embedding_generated_at >= x.updated_at) AS altered
  FROM (SELECT {length}(t.embedding) AS length,
               s.quarantined_at IS NOT NULL AS quarantined,
               s.model_key,
               t.embedding_generated_at,
               t.updated_at,
               CASE WHEN t.embedding IS NULL THEN false
                    WHEN s.content_hash IS NOT NULL THEN s.content_hash <> {text_hash}
                    ELSE t.content_hash IS DISTINCT FROM {content_hash} END AS stale
          FROM {table} t
          LEFT JOIN backfill.embedding_state s ON s.item_type = @item_type AND s.item_id = t.id::text
         WHERE t.repository_id = @repository_id) x
