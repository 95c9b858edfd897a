-- A run with several accounts reads a lane from both ends. What it has read back from the end of the lane is the part ahead of
-- the window. A page that closes the distance between them makes one window of both.
ALTER TABLE backfill.sync_window
  ADD COLUMN ahead_newest_cursor text,
  ADD COLUMN ahead_newest_at timestamptz,
  ADD COLUMN ahead_oldest_cursor text,
  ADD COLUMN ahead_oldest_at timestamptz;
