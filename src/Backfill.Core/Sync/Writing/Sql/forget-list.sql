-- Forgets how far a list of the repository was read, so that the next run reads all of it again. A list that is read below its
-- items (nested) is not forgotten, because only the items list it.
DELETE FROM backfill.sync_list WHERE repository_id = @repository_id AND list = @list AND plan IS DISTINCT FROM @nested
