-- Parents, read since a time, that have fewer children stored than GitHub counts: their children are to be fetched again.
INSERT INTO backfill.sync_gap (repository_id, entity, parent, parent_number, cause, run_id)
SELECT @repository_id, s.entity, s.parent, s.parent_number, 'GitHub counts ' || s.expected || ', stored are ' || s.stored, @run_id
  FROM (
SELECT 'Reviews' AS entity, c.parent, c.parent_number, c.reviews AS expected, n.stored
  FROM backfill.child_count c
  JOIN pull_requests p ON p.repository_id = c.repository_id AND p.number = c.parent_number
  CROSS JOIN LATERAL (SELECT count(*)::integer AS stored FROM reviews r WHERE r.pull_request_id = p.id AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'Reviews' AND t.github_id = r.github_id)) n
 WHERE c.repository_id = @repository_id AND c.parent_type = 'pull_request' AND c.read_at >= @since AND n.stored < c.reviews
UNION ALL
SELECT 'IssueComments', c.parent, c.parent_number, c.comments, n.stored
  FROM backfill.child_count c
  JOIN pull_requests p ON p.repository_id = c.repository_id AND p.number = c.parent_number
  CROSS JOIN LATERAL (SELECT count(*)::integer AS stored FROM comments m WHERE m.pull_request_id = p.id AND m.comment_type = 'issue_comment' AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'IssueComments' AND t.github_id = m.github_id)) n
 WHERE c.repository_id = @repository_id AND c.parent_type = 'pull_request' AND c.read_at >= @since AND n.stored < c.comments
UNION ALL
SELECT 'IssueComments', c.parent, c.parent_number, c.comments, n.stored
  FROM backfill.child_count c
  JOIN issues i ON i.repository_id = c.repository_id AND i.number = c.parent_number
  CROSS JOIN LATERAL (SELECT count(*)::integer AS stored FROM comments m WHERE m.issue_id = i.id AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'IssueComments' AND t.github_id = m.github_id)) n
 WHERE c.repository_id = @repository_id AND c.parent_type = 'issue' AND c.read_at >= @since AND n.stored < c.comments
UNION ALL --? discussions discussion_comments
SELECT 'DiscussionComments', c.parent, c.parent_number, c.comments, n.stored --? discussions discussion_comments
  FROM backfill.child_count c --? discussions discussion_comments
  JOIN discussions d ON d.repository_id = c.repository_id AND d.number = c.parent_number --? discussions discussion_comments
  CROSS JOIN LATERAL (SELECT count(*)::integer AS stored FROM discussion_comments m WHERE m.discussion_id = d.id AND m.parent_comment_id IS NULL AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'DiscussionComments' AND t.github_id = m.github_id)) n --? discussions discussion_comments
 WHERE c.repository_id = @repository_id AND c.parent_type = 'discussion' AND c.read_at >= @since AND n.stored < c.comments --? discussions discussion_comments
UNION ALL --? discussions discussion_comments
SELECT 'DiscussionReplies', m.id, m.discussion_number, m.reply_count, n.stored --? discussions discussion_comments
  FROM discussion_comments m --? discussions discussion_comments
  JOIN discussions d ON d.id = m.discussion_id --? discussions discussion_comments
  CROSS JOIN LATERAL (SELECT count(*)::integer AS stored FROM discussion_comments r WHERE r.parent_comment_id = m.id AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'DiscussionComments' AND t.github_id = r.github_id)) n --? discussions discussion_comments
 WHERE d.repository_id = @repository_id AND m.parent_comment_id IS NULL AND n.stored < m.reply_count --? discussions discussion_comments
  ) s
ON CONFLICT (repository_id, entity, parent) DO NOTHING
