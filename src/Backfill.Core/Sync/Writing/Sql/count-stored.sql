-- What is stored and still there: rows of what was deleted or transferred at GitHub stay, and do not count.
-- See link-replies.sql for IS TRUE.
SELECT 'PullRequests' AS entity, (SELECT count(*) FROM pull_requests p WHERE p.repository_id = @repository_id AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'PullRequests' AND t.github_id = p.github_id)) AS stored
UNION ALL
SELECT 'Issues', (SELECT count(*) FROM issues i WHERE i.repository_id = @repository_id AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'Issues' AND t.github_id = i.github_id))
UNION ALL
SELECT 'Discussions', (SELECT count(*) FROM discussions d WHERE d.repository_id = @repository_id AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'Discussions' AND t.github_id = d.github_id)) --? discussions
UNION ALL --? discussions
SELECT 'Reviews', (SELECT count(*) FROM reviews r WHERE r.repository_id = @repository_id AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'Reviews' AND t.github_id = r.github_id))
UNION ALL
SELECT 'ReviewComments', (SELECT count(*) FROM comments m WHERE m.repository_id = @repository_id AND (m.comment_type = 'review_comment') IS TRUE AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'ReviewComments' AND t.github_id = m.github_id))
UNION ALL
SELECT 'IssueComments', (SELECT count(*) FROM comments m WHERE m.repository_id = @repository_id AND (m.comment_type = 'issue_comment') IS TRUE AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'IssueComments' AND t.github_id = m.github_id))
UNION ALL
SELECT 'DiscussionComments', (SELECT count(*) FROM discussion_comments m JOIN discussions d ON d.id = m.discussion_id WHERE d.repository_id = @repository_id AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'DiscussionComments' AND t.github_id = m.github_id)) --? discussions discussion_comments
UNION ALL --? discussions discussion_comments
SELECT 'Contributors', (
  SELECT count(*) FROM (
    SELECT author_id FROM pull_requests WHERE repository_id = @repository_id
    UNION SELECT author_id FROM issues WHERE repository_id = @repository_id
    UNION SELECT author_id FROM reviews WHERE repository_id = @repository_id
    UNION SELECT commenter_id FROM comments WHERE repository_id = @repository_id) people
   WHERE author_id IS NOT NULL)
