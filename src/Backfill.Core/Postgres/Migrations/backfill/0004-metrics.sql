-- What a workspace's repositories were when its metrics were computed: fresh metrics are those of the same.
ALTER TABLE backfill.workspace_metrics ADD COLUMN sources text;
