-- By repository: its stored reviews and comments. Rows of what was deleted at GitHub stay, and do not count. See link-replies.sql for
-- IS TRUE.
SELECT r.repository_id, 'Reviews' AS entity, count(*) AS stored
  FROM reviews r
 WHERE r.repository_id = ANY (@repository_ids)
   AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'Reviews' AND t.github_id = r.github_id)
 GROUP BY r.repository_id
UNION ALL
SELECT m.repository_id, 'ReviewComments', count(*)
  FROM comments m
 WHERE m.repository_id = ANY (@repository_ids)
   AND (m.comment_type = 'review_comment') IS TRUE
   AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'ReviewComments' AND t.github_id = m.github_id)
 GROUP BY m.repository_id
UNION ALL
SELECT m.repository_id, 'IssueComments', count(*)
  FROM comments m
 WHERE m.repository_id = ANY (@repository_ids)
   AND (m.comment_type = 'issue_comment') IS TRUE
   AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'IssueComments' AND t.github_id = m.github_id)
 GROUP BY m.repository_id
--? begin discussions discussion_comments
UNION ALL
SELECT d.repository_id, 'DiscussionComments', count(*)
  FROM discussion_comments m
  JOIN discussions d ON d.id = m.discussion_id
 WHERE d.repository_id = ANY (@repository_ids)
   AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'DiscussionComments' AND t.github_id = m.github_id)
 GROUP BY d.repository_id
--? end
