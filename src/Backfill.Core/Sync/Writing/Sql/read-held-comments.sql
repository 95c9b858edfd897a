-- Held comments whose pull request or issue is stored by now, with the id of that.
SELECT h.comment, p.github_id
  FROM backfill.held_comment h
 CROSS JOIN LATERAL (SELECT github_id
                       FROM pull_requests
                      WHERE repository_id = h.repository_id AND number = h.parent_number AND NOT h.of_issue
                     UNION ALL
                     SELECT github_id
                       FROM issues
                      WHERE repository_id = h.repository_id AND number = h.parent_number AND h.of_issue
                      LIMIT 1) p
 WHERE h.repository_id = @repository_id
 LIMIT @most
