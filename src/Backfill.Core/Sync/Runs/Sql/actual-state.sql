-- A run whose heartbeat has ended is interrupted, whatever its row says. A run at Inngest has no heartbeat after its event
-- was accepted. A run between two slices has none either, and its lease is kept under its own id.
CASE WHEN s.finished_at IS NULL AND s.heartbeat_at < now() - @heartbeat_limit
      AND (s.engine = 'Local' OR s.event_id IS NULL)
      AND NOT EXISTS (SELECT FROM backfill.lease l
                       WHERE l.run_id = s.id AND l.expires_at > clock_timestamp()) THEN 'Interrupted'
     ELSE s.state END
