-- Where the items of one type stand in each repository, and whether another model made one of their vectors.
SELECT x.repository_id,
       count(*) AS total,
       count(*) FILTER (WHERE x.standing = 'missing') AS missing,
       count(*) FILTER (WHERE x.standing = 'changed') AS changed,
       count(*) FILTER (WHERE x.standing = 'model') AS other,
       count(*) FILTER (WHERE x.standing = 'unstamped') AS unstamped,
       count(*) FILTER (WHERE x.standing = 'quarantined') AS quarantined,
       -- LIMIT 1 looks each text up in the index; hashed or joined it would read a table that nobody has analyzed.
       count(*) FILTER (WHERE x.standing IN ('missing', 'changed', 'model')
                          AND (SELECT true
                                 FROM backfill.embedding_claim b
                                WHERE b.text_hash = x.text_hash
                                  AND b.model_key = @model_key
                                  AND starts_with(b.worker, 'batch:')
                                  AND b.lease_until > now()
                                LIMIT 1) IS NOT NULL) AS in_batch,
       min(x.vector_model) FILTER (WHERE x.vector_model <> @model_key) AS other_model
  FROM (SELECT t.repository_id,
               {standing} AS standing,
               {text_hash} AS text_hash,
               CASE WHEN t.embedding IS NOT NULL THEN coalesce(s.model_key, @unrecorded_model) END AS vector_model
          FROM {table} t
          LEFT JOIN backfill.embedding_state s ON s.item_type = @item_type AND s.item_id = t.id::text
         WHERE t.repository_id = ANY (@repository_ids)) x
 GROUP BY x.repository_id
