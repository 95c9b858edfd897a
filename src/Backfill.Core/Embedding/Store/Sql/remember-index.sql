INSERT INTO backfill.embedding_index (name, definition)
VALUES (@name, @definition)
ON CONFLICT (name) DO UPDATE SET definition = excluded.definition, dropped_at = now()
