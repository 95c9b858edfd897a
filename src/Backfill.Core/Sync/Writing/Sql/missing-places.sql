-- Which of these items of GitHub are not stored, or stored in an older state.
SELECT p.number, s.number IS NOT NULL AS older
  FROM unnest(@numbers, @updated) AS p(number, updated_at)
  LEFT JOIN (
    SELECT number, updated_at FROM pull_requests WHERE repository_id = @repository_id AND number = ANY (@numbers) AND @entity = 'PullRequests'
    UNION ALL
    SELECT number, updated_at FROM issues WHERE repository_id = @repository_id AND number = ANY (@numbers) AND @entity = 'Issues'
    UNION ALL --? discussions
    SELECT number, updated_at FROM discussions WHERE repository_id = @repository_id AND number = ANY (@numbers) AND @entity = 'Discussions' --? discussions
  ) s ON s.number = p.number
 WHERE s.number IS NULL
    OR s.updated_at < p.updated_at
 ORDER BY p.number
