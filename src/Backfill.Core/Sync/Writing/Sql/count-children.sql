-- Reviews and comments against GitHub's own count under each parent that was read. See link-replies.sql for IS TRUE.
SELECT coalesce(sum(c.reviews), 0)::bigint AS expected_reviews,
       coalesce(sum(least(c.reviews, s.reviews)), 0)::bigint AS stored_reviews,
       coalesce(sum(c.comments), 0)::bigint AS expected_comments,
       coalesce(sum(least(c.comments, s.comments)), 0)::bigint AS stored_comments
  FROM backfill.child_count c
  CROSS JOIN LATERAL (
    SELECT (SELECT count(*) FROM reviews r JOIN pull_requests p ON p.id = r.pull_request_id
             WHERE p.repository_id = c.repository_id AND p.number = c.parent_number) AS reviews,
           (SELECT count(*) FROM comments m JOIN pull_requests p ON p.id = m.pull_request_id
             WHERE p.repository_id = c.repository_id AND p.number = c.parent_number
               AND (m.comment_type = 'issue_comment') IS TRUE) AS comments
     WHERE c.parent_type = 'pull_request'
    UNION ALL
    SELECT 0, (SELECT count(*) FROM comments m JOIN issues i ON i.id = m.issue_id
                WHERE i.repository_id = c.repository_id AND i.number = c.parent_number)
     WHERE c.parent_type = 'issue'
    --? begin discussion_comments
    UNION ALL
    SELECT 0, (SELECT count(*) FROM discussion_comments m JOIN discussions d ON d.id = m.discussion_id
                WHERE d.repository_id = c.repository_id AND d.number = c.parent_number
                  AND m.parent_comment_id IS NULL)
     WHERE c.parent_type = 'discussion'
    --? end
  ) s
 WHERE c.repository_id = @repository_id
