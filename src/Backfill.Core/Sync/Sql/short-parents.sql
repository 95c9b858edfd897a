-- Parents that this run touched and that have fewer children stored than GitHub counts.
SELECT 'Reviews' AS entity, c.parent_number, c.reviews AS expected, n.stored
  FROM backfill.child_count c
  JOIN pull_requests p ON p.repository_id = c.repository_id AND p.number = c.parent_number
  CROSS JOIN LATERAL (SELECT count(*)::integer AS stored FROM reviews r WHERE r.pull_request_id = p.id) n
 WHERE c.repository_id = @repository_id AND c.parent_type = 'pull_request' AND c.read_at >= @run_started AND n.stored < c.reviews
UNION ALL
SELECT 'IssueComments', c.parent_number, c.comments, n.stored
  FROM backfill.child_count c
  JOIN pull_requests p ON p.repository_id = c.repository_id AND p.number = c.parent_number
  CROSS JOIN LATERAL (SELECT count(*)::integer AS stored FROM comments m WHERE m.pull_request_id = p.id AND m.comment_type = 'issue_comment') n
 WHERE c.repository_id = @repository_id AND c.parent_type = 'pull_request' AND c.read_at >= @run_started AND n.stored < c.comments
UNION ALL
SELECT 'IssueComments', c.parent_number, c.comments, n.stored
  FROM backfill.child_count c
  JOIN issues i ON i.repository_id = c.repository_id AND i.number = c.parent_number
  CROSS JOIN LATERAL (SELECT count(*)::integer AS stored FROM comments m WHERE m.issue_id = i.id) n
 WHERE c.repository_id = @repository_id AND c.parent_type = 'issue' AND c.read_at >= @run_started AND n.stored < c.comments
UNION ALL
SELECT 'DiscussionComments', c.parent_number, c.comments, n.stored --? discussions discussion_comments
  FROM backfill.child_count c --? discussions discussion_comments
  JOIN discussions d ON d.repository_id = c.repository_id AND d.number = c.parent_number --? discussions discussion_comments
  CROSS JOIN LATERAL (SELECT count(*)::integer AS stored FROM discussion_comments m WHERE m.discussion_id = d.id AND m.parent_comment_id IS NULL) n --? discussions discussion_comments
 WHERE c.repository_id = @repository_id AND c.parent_type = 'discussion' AND c.read_at >= @run_started AND n.stored < c.comments --? discussions discussion_comments
UNION ALL
SELECT 'DiscussionReplies', m.discussion_number, m.reply_count, n.stored --? discussions discussion_comments
  FROM discussion_comments m --? discussions discussion_comments
  JOIN discussions d ON d.id = m.discussion_id --? discussions discussion_comments
  CROSS JOIN LATERAL (SELECT count(*)::integer AS stored FROM discussion_comments r WHERE r.parent_comment_id = m.id) n --? discussions discussion_comments
 WHERE d.repository_id = @repository_id AND m.parent_comment_id IS NULL AND m.synced_at >= @run_started AND n.stored < m.reply_count --? discussions discussion_comments
 ORDER BY 1, 2
 LIMIT 200
