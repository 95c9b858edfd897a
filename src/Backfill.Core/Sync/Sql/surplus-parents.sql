-- Parents, read since a time, that have more children stored than GitHub counts: some were deleted there.
SELECT s.entity, s.parent, s.parent_number
  FROM (
SELECT 'Reviews' AS entity, c.parent, c.parent_number
  FROM backfill.child_count c
  JOIN pull_requests p ON p.repository_id = c.repository_id AND p.number = c.parent_number
 WHERE c.repository_id = @repository_id AND c.parent_type = 'pull_request' AND c.read_at >= @since
   AND c.reviews < (SELECT count(*) FROM reviews r
                     WHERE r.pull_request_id = p.id
                       AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'Reviews' AND t.github_id = r.github_id))
UNION ALL
SELECT 'IssueComments', c.parent, c.parent_number
  FROM backfill.child_count c
  JOIN pull_requests p ON p.repository_id = c.repository_id AND p.number = c.parent_number
 WHERE c.repository_id = @repository_id AND c.parent_type = 'pull_request' AND c.read_at >= @since
   AND c.comments < (SELECT count(*) FROM comments m
                      WHERE m.pull_request_id = p.id AND m.comment_type = 'issue_comment'
                        AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'IssueComments' AND t.github_id = m.github_id))
UNION ALL
SELECT 'IssueComments', c.parent, c.parent_number
  FROM backfill.child_count c
  JOIN issues i ON i.repository_id = c.repository_id AND i.number = c.parent_number
 WHERE c.repository_id = @repository_id AND c.parent_type = 'issue' AND c.read_at >= @since
   AND c.comments < (SELECT count(*) FROM comments m
                      WHERE m.issue_id = i.id
                        AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'IssueComments' AND t.github_id = m.github_id))
UNION ALL --? discussions discussion_comments
SELECT 'DiscussionComments', c.parent, c.parent_number --? discussions discussion_comments
  FROM backfill.child_count c --? discussions discussion_comments
  JOIN discussions d ON d.repository_id = c.repository_id AND d.number = c.parent_number --? discussions discussion_comments
 WHERE c.repository_id = @repository_id AND c.parent_type = 'discussion' AND c.read_at >= @since --? discussions discussion_comments
   AND c.comments < (SELECT count(*) FROM discussion_comments m --? discussions discussion_comments
                      WHERE m.discussion_id = d.id AND m.parent_comment_id IS NULL --? discussions discussion_comments
                        AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'DiscussionComments' AND t.github_id = m.github_id)) --? discussions discussion_comments
  ) s
 ORDER BY s.entity, s.parent_number
