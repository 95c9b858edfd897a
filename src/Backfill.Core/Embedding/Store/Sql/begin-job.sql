-- While it runs, error_message says whose it is: a later run ends what a dead process left behind.
INSERT INTO embedding_jobs (repository_id, status, items_total, items_processed, error_message, started_at, updated_at)
VALUES (@repository_id, 'processing', @total, 0, @owner, now(), now())
RETURNING id
