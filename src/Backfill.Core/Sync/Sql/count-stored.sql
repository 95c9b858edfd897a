SELECT 'PullRequests', (SELECT count(*) FROM pull_requests WHERE repository_id = @repository_id)
UNION ALL
SELECT 'Issues', (SELECT count(*) FROM issues WHERE repository_id = @repository_id)
UNION ALL
SELECT 'Discussions', (SELECT count(*) FROM discussions WHERE repository_id = @repository_id) --? discussions
UNION ALL --? discussions
SELECT 'Reviews', (SELECT count(*) FROM reviews WHERE repository_id = @repository_id)
UNION ALL
SELECT 'ReviewComments', (SELECT count(*) FROM comments WHERE repository_id = @repository_id AND comment_type = 'review_comment')
UNION ALL
SELECT 'IssueComments', (SELECT count(*) FROM comments WHERE repository_id = @repository_id AND comment_type = 'issue_comment')
UNION ALL
SELECT 'DiscussionComments', (SELECT count(*) FROM discussion_comments m JOIN discussions d ON d.id = m.discussion_id WHERE d.repository_id = @repository_id) --? discussions discussion_comments
UNION ALL --? discussions discussion_comments
SELECT 'Contributors', (
  SELECT count(*) FROM (
    SELECT author_id FROM pull_requests WHERE repository_id = @repository_id
    UNION SELECT author_id FROM issues WHERE repository_id = @repository_id
    UNION SELECT author_id FROM reviews WHERE repository_id = @repository_id
    UNION SELECT commenter_id FROM comments WHERE repository_id = @repository_id) people
   WHERE author_id IS NOT NULL)
