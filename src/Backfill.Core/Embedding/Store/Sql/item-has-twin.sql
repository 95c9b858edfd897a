(SELECT true
          FROM backfill.embedding_state o
          JOIN {table} d ON d.id = o.item_id::{id_type} AND d.embedding IS NOT NULL
         WHERE o.content_hash = h.text_hash
           AND o.model_key = @model_key
           AND o.item_type = @item_type
           AND o.quarantined_at IS NULL
           AND o.vector_digest = hash_array_extended(d.embedding::real[], 0)
         LIMIT 1) IS NOT NULL
