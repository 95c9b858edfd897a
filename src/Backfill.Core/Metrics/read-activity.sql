-- Returns the stored activity of the repositories that are what they were when it was read, and were read after @since.
SELECT a.repository_id, a.people, a.items, a.reviews
  FROM unnest(@repositories, @sources) AS given(repository_id, source)
  JOIN backfill.repository_activity a USING (repository_id, source)
 WHERE a.workspace_id = @workspace_id
   AND a.read_at > @since
   AND a.read_at <= @now
