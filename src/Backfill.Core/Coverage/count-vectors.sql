-- The vectors of one type of items.
SELECT count(*) AS total,
       count(*) FILTER (WHERE x.length IS NOT NULL) AS embedded,
       count(*) FILTER (WHERE x.quarantined) AS quarantined,
       count(*) FILTER (WHERE x.length IS NOT NULL AND x.stale) AS stale,
       coalesce(array_agg(DISTINCT x.length) FILTER (WHERE x.length IS NOT NULL), '{}') AS lengths,
       coalesce(array_agg(DISTINCT x.model_key) FILTER (WHERE x.length IS NOT NULL AND x.model_key IS NOT NULL), '{}') AS models
  FROM (SELECT :length AS length,
               s.quarantined_at IS NOT NULL AS quarantined,
               s.model_key,
               CASE WHEN s.content_hash IS NOT NULL THEN s.content_hash <> :text_hash
                    ELSE t.content_hash IS DISTINCT FROM :content_hash END AS stale
          FROM :table t
          LEFT JOIN backfill.embedding_state s ON s.item_type = @item_type AND s.item_id = t.id::text
         WHERE t.repository_id = @repository_id) x
