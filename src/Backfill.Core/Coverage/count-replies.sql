-- By repository: replies in discussions against GitHub's number below each comment. A comment with more replies than GitHub counts
-- does not make up for another one with fewer.
SELECT d.repository_id,
       coalesce(sum(c.reply_count), 0)::bigint AS expected,
       coalesce(sum(least(c.reply_count, coalesce(n.stored, 0))), 0)::bigint AS stored
  FROM discussions d
  JOIN discussion_comments c ON c.discussion_id = d.id AND c.parent_comment_id IS NULL
  LEFT JOIN (
    SELECT r.parent_comment_id AS parent, count(*) AS stored
      FROM discussion_comments r
      JOIN discussions d ON d.id = r.discussion_id
     WHERE d.repository_id = ANY (@repository_ids) AND r.parent_comment_id IS NOT NULL
     GROUP BY 1) n ON n.parent = c.id
 WHERE d.repository_id = ANY (@repository_ids)
 GROUP BY d.repository_id
