-- Stored items that the audit which began at a time did not meet, and that nobody traced yet.
SELECT s.github_id, s.number
  FROM (
    SELECT github_id, number FROM pull_requests WHERE repository_id = @repository_id AND @parent_type = 'pull_request'
    UNION ALL
    SELECT github_id, number FROM issues WHERE repository_id = @repository_id AND @parent_type = 'issue'
    UNION ALL --? discussions
    SELECT github_id, number FROM discussions WHERE repository_id = @repository_id AND @parent_type = 'discussion' --? discussions
  ) s
  LEFT JOIN backfill.child_count c
    ON c.repository_id = @repository_id AND c.parent_type = @parent_type AND c.parent_number = s.number
 WHERE (c.audited_at IS NULL OR c.audited_at < @began_at)
   AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = @entity AND t.github_id = s.github_id)
 ORDER BY s.number
