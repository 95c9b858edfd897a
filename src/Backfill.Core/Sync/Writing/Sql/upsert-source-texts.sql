INSERT INTO backfill.source_text AS t (repository_id, entity, github_id, field, original)
SELECT @repository_id, x.entity, x.github_id, x.field, x.original
  FROM unnest(@entity, @github_id, @field, @original) AS x(entity, github_id, field, original)
ON CONFLICT (entity, github_id, field) DO UPDATE SET
  original = excluded.original,
  seen_at = now()
