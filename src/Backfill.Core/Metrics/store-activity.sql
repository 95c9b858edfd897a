-- Stores the activity of a repository.
INSERT INTO backfill.repository_activity AS a (workspace_id, repository_id, source, read_at, people, items, reviews)
VALUES (@workspace_id, @repository_id, @source, @read_at, @people, @items, @reviews)
ON CONFLICT (workspace_id, repository_id) DO UPDATE SET
  source = excluded.source,
  read_at = excluded.read_at,
  people = excluded.people,
  items = excluded.items,
  reviews = excluded.reviews
