-- Stored children of one parent that GitHub does not list any more. Replies are comments of their discussion.
-- See link-replies.sql for IS TRUE.
INSERT INTO backfill.tombstone (repository_id, entity, github_id, reason)
SELECT @repository_id, CASE @entity WHEN 'DiscussionReplies' THEN 'DiscussionComments' ELSE @entity END, s.github_id, 'deleted'
  FROM (
    SELECT r.github_id
      FROM reviews r
      JOIN pull_requests p ON p.id = r.pull_request_id
     WHERE p.repository_id = @repository_id AND p.number = @parent_number AND @entity = 'Reviews'
    UNION ALL
    SELECT m.github_id
      FROM comments m
      JOIN pull_requests p ON p.id = m.pull_request_id
     WHERE p.repository_id = @repository_id AND p.number = @parent_number AND @entity = 'IssueComments'
       AND (m.comment_type = 'issue_comment') IS TRUE
    UNION ALL
    SELECT m.github_id
      FROM comments m
      JOIN issues i ON i.id = m.issue_id
     WHERE i.repository_id = @repository_id AND i.number = @parent_number AND @entity = 'IssueComments'
    --? begin discussions discussion_comments
    UNION ALL
    SELECT m.github_id
      FROM discussion_comments m
      JOIN discussions d ON d.id = m.discussion_id
     WHERE d.repository_id = @repository_id AND d.number = @parent_number
       AND CASE @entity WHEN 'DiscussionComments' THEN m.parent_comment_id IS NULL
                        WHEN 'DiscussionReplies' THEN m.parent_comment_id = @parent
                        ELSE false END
    --? end
  ) s
 WHERE abs(s.github_id) <> ALL (@listed)
ON CONFLICT (entity, github_id) DO NOTHING
