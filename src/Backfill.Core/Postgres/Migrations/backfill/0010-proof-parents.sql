-- The number of the item that a comment belongs to. When another program links a comment to another item, the row does not say
-- where GitHub lists it. entity says the kind of a comment (c or v) as GitHub has it, also where the table has one key for both
-- kinds. The proofs of comments so far may say the other kind, so they are written again when the comments are read.
ALTER TABLE backfill.row_proof ADD COLUMN parent_number integer;

DELETE FROM backfill.row_proof WHERE entity IN ('c', 'v');
