-- What a run of the Inngest engine was asked for: by which event, and what its rows are judged by.
ALTER TABLE backfill.sync_run
  ADD COLUMN event_name text,
  ADD COLUMN include text;
