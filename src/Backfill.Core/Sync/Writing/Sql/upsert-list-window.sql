INSERT INTO backfill.sync_list AS t (repository_id, list, listed_from, listed_until, reached_beginning, etag, plan)
VALUES (@repository_id, @list, @listed_from, @listed_until, @reached_beginning, @etag, @plan)
ON CONFLICT (repository_id, list) DO UPDATE SET
  listed_from = excluded.listed_from,
  listed_until = excluded.listed_until,
  reached_beginning = excluded.reached_beginning,
  etag = excluded.etag,
  plan = excluded.plan
