CASE
    -- The provider refused exactly this text.
    WHEN s.quarantined_at IS NOT NULL AND s.model_key = @model_key AND s.content_hash = {text_hash} THEN 'quarantined'
    WHEN t.embedding IS NULL OR s.quarantined_at IS NOT NULL THEN 'missing'
    WHEN coalesce(s.model_key, @unrecorded_model) <> @model_key THEN 'model'
    -- A vector that another program made has no row here: its own hash says from which text.
    WHEN s.content_hash IS NULL AND t.content_hash IS DISTINCT FROM {content_hash} THEN 'changed'
    WHEN s.content_hash <> {text_hash} THEN 'changed'
    -- Labels and comments move updated_at without touching the text.
    WHEN t.embedding_generated_at IS NULL OR t.embedding_generated_at < t.updated_at
         OR t.content_hash IS DISTINCT FROM {content_hash} THEN 'unstamped'
    ELSE 'fresh'
  END
