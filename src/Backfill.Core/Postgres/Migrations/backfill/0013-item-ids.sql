-- GitHub's numeric id of the item. When another program gives a row another id, its hash is not found by that id, and the number
-- of the item says that the tool has written the row. NULL: not read since.
ALTER TABLE backfill.child_count ADD COLUMN github_id bigint;
