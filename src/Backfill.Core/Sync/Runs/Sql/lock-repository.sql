-- The statement that counts pull requests comes after this one. The app's trigger adds to the same row for each pull request
-- that another writer inserts, so the lock makes every such insert either counted or added afterwards.
SELECT id FROM repositories WHERE id = @repository_id FOR NO KEY UPDATE
