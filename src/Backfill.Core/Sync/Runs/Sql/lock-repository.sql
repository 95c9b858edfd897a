-- Locks the row before the next statement counts the pull requests. For each pull request that another writer inserts, the
-- app's trigger adds one to the same row. With the lock, each insert is either counted or added afterwards.
SELECT id FROM repositories WHERE id = @repository_id FOR NO KEY UPDATE
