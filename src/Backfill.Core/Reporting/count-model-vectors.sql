-- The items of one type by the model of their vector. Items without a vector have no model. An identical text was sent once,
-- so its characters count once.
SELECT x.is_embedded,
       x.model_key,
       count(*) AS items,
       count(*) FILTER (WHERE x.is_quarantined) AS quarantined,
       coalesce(sum(x.characters) FILTER (WHERE x.place = 1), 0)::bigint AS characters
  FROM (SELECT t.embedding IS NOT NULL AS is_embedded,
               CASE WHEN t.embedding IS NOT NULL THEN s.model_key END AS model_key,
               t.embedding IS NULL AND s.quarantined_at IS NOT NULL AS is_quarantined,
               least(@most_characters, length(t.title) + length(coalesce(t.body, ''))) AS characters,
               row_number() OVER (PARTITION BY t.embedding IS NOT NULL, s.model_key, coalesce(s.content_hash, t.id::text)) AS place
          FROM {table} t
          LEFT JOIN backfill.embedding_state s ON s.item_type = @item_type AND s.item_id = t.id::text
         WHERE t.repository_id = @repository_id) x
 GROUP BY 1, 2
