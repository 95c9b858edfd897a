-- The repository in whose run the account was first written. The accounts of a database are compared with their hashes for one
-- repository each, and not all of them for every repository. NULL: written before this was recorded, or the rows of that
-- repository were removed.
ALTER TABLE backfill.actor ADD COLUMN repository_id uuid;

CREATE INDEX actor_repository ON backfill.actor (repository_id);
