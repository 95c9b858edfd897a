INSERT INTO backfill.sync_contributors (repository_id, pushed_at, etag)
VALUES (@repository_id, @pushed_at, @etag)
ON CONFLICT (repository_id) DO UPDATE SET pushed_at = excluded.pushed_at, etag = excluded.etag
