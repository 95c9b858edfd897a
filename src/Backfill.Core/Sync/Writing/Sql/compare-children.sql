-- Parents, read since a time, whose stored children are not as many as GitHub counts: those with fewer become gaps, of those
-- with more some children were deleted there. Replies are counted in one pass: no index need lead from a comment to them; that
-- there are too many is believed only where the count was read with them, for another writer may have left it at 0.
WITH differing AS MATERIALIZED (
  SELECT 'Reviews' AS entity, c.parent, c.parent_number, c.reviews AS expected, n.stored
    FROM backfill.child_count c
    JOIN pull_requests p ON p.repository_id = c.repository_id AND p.number = c.parent_number
   CROSS JOIN LATERAL (SELECT count(*)::integer AS stored FROM reviews r WHERE r.pull_request_id = p.id AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'Reviews' AND t.github_id = r.github_id)) n
   WHERE c.repository_id = @repository_id AND c.parent_type = 'pull_request' AND c.read_at >= @since AND n.stored <> c.reviews
  UNION ALL
  SELECT 'IssueComments', c.parent, c.parent_number, c.comments, n.stored
    FROM backfill.child_count c
    JOIN pull_requests p ON p.repository_id = c.repository_id AND p.number = c.parent_number
   CROSS JOIN LATERAL (SELECT count(*)::integer AS stored FROM comments m WHERE m.pull_request_id = p.id AND (m.comment_type = 'issue_comment') IS TRUE AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'IssueComments' AND t.github_id = m.github_id)) n
   WHERE c.repository_id = @repository_id AND c.parent_type = 'pull_request' AND c.read_at >= @since AND n.stored <> c.comments
  UNION ALL
  SELECT 'IssueComments', c.parent, c.parent_number, c.comments, n.stored
    FROM backfill.child_count c
    JOIN issues i ON i.repository_id = c.repository_id AND i.number = c.parent_number
   CROSS JOIN LATERAL (SELECT count(*)::integer AS stored FROM comments m WHERE m.issue_id = i.id AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'IssueComments' AND t.github_id = m.github_id)) n
   WHERE c.repository_id = @repository_id AND c.parent_type = 'issue' AND c.read_at >= @since AND n.stored <> c.comments
  --? begin discussions discussion_comments
  UNION ALL
  SELECT 'DiscussionComments', c.parent, c.parent_number, c.comments, n.stored
    FROM backfill.child_count c
    JOIN discussions d ON d.repository_id = c.repository_id AND d.number = c.parent_number
   CROSS JOIN LATERAL (SELECT count(*)::integer AS stored FROM discussion_comments m WHERE m.discussion_id = d.id AND m.parent_comment_id IS NULL AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'DiscussionComments' AND t.github_id = m.github_id)) n
   WHERE c.repository_id = @repository_id AND c.parent_type = 'discussion' AND c.read_at >= @since AND n.stored <> c.comments
  UNION ALL
  SELECT 'DiscussionReplies', m.id, m.discussion_number, m.reply_count, coalesce(n.stored, 0)
    FROM discussion_comments m
    JOIN discussions d ON d.id = m.discussion_id
    LEFT JOIN (
      SELECT r.parent_comment_id AS parent, count(*)::integer AS stored
        FROM discussion_comments r
        JOIN discussions d ON d.id = r.discussion_id
       WHERE d.repository_id = @repository_id AND r.parent_comment_id IS NOT NULL
         AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'DiscussionComments' AND t.github_id = r.github_id)
       GROUP BY 1) n ON n.parent = m.id
   WHERE d.repository_id = @repository_id AND m.parent_comment_id IS NULL
     AND (coalesce(n.stored, 0) < m.reply_count
          OR coalesce(n.stored, 0) > m.reply_count
             AND EXISTS (SELECT FROM backfill.child_count c WHERE c.repository_id = @repository_id AND c.parent_type = 'discussion' AND c.parent_number = m.discussion_number AND c.read_at >= @since))
  --? end
), short AS (
  INSERT INTO backfill.sync_gap (repository_id, entity, parent, parent_number, cause, run_id)
  SELECT @repository_id, entity, parent, parent_number, 'GitHub counts ' || expected || ', stored are ' || stored, @run_id
    FROM differing
   WHERE stored < expected
  ON CONFLICT (repository_id, entity, parent) DO NOTHING
)
SELECT entity, parent, parent_number, stored < expected AS is_short FROM differing ORDER BY entity, parent_number
