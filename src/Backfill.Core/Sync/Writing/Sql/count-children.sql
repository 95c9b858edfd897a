-- By repository: reviews and comments against GitHub's own count under each parent that was read. See link-replies.sql for IS TRUE.
SELECT c.repository_id,
       coalesce(sum(c.reviews), 0)::bigint AS expected_reviews,
       coalesce(sum(least(c.reviews, coalesce(r.stored, 0))), 0)::bigint AS stored_reviews,
       coalesce(sum(c.comments), 0)::bigint AS expected_comments,
       coalesce(sum(least(c.comments, coalesce(m.stored, 0))), 0)::bigint AS stored_comments
  FROM backfill.child_count c
  LEFT JOIN (
    SELECT p.repository_id, 'pull_request' AS parent_type, p.number, count(*) AS stored
      FROM pull_requests p
      JOIN reviews v ON v.pull_request_id = p.id
     WHERE p.repository_id = ANY (@repository_ids)
     GROUP BY p.repository_id, p.number
  ) r ON r.repository_id = c.repository_id AND r.parent_type = c.parent_type AND r.number = c.parent_number
  LEFT JOIN (
    SELECT p.repository_id, 'pull_request' AS parent_type, p.number, count(*) AS stored
      FROM pull_requests p
      JOIN comments v ON v.pull_request_id = p.id
     WHERE p.repository_id = ANY (@repository_ids)
       AND (v.comment_type = 'issue_comment') IS TRUE
     GROUP BY p.repository_id, p.number
    UNION ALL
    SELECT i.repository_id, 'issue', i.number, count(*)
      FROM issues i
      JOIN comments v ON v.issue_id = i.id
     WHERE i.repository_id = ANY (@repository_ids)
     GROUP BY i.repository_id, i.number
    --? begin discussion_comments
    UNION ALL
    SELECT d.repository_id, 'discussion', d.number, count(*)
      FROM discussions d
      JOIN discussion_comments v ON v.discussion_id = d.id
     WHERE d.repository_id = ANY (@repository_ids)
       AND v.parent_comment_id IS NULL
     GROUP BY d.repository_id, d.number
    --? end
  ) m ON m.repository_id = c.repository_id AND m.parent_type = c.parent_type AND m.number = c.parent_number
 WHERE c.repository_id = ANY (@repository_ids)
 GROUP BY c.repository_id
