-- Rows whose kind or repository another writer changed. GitHub numbers issue comments and review comments apart, so an id alone
-- does not say which comment a row is: with the same parent, text and time of creation as well, it is the same comment. A row
-- stays as it is where the table has the comment, or the key, a second time. ARRAY keeps the update in the key's index: joined,
-- it would read the whole table for every page.
WITH adopted AS (
  UPDATE comments
     SET comment_type = @comment_type,
         in_reply_to_id = CASE WHEN @comment_type = 'review_comment' THEN in_reply_to_id END, --? comments.in_reply_to_id
         repository_id = @repository_id
   WHERE id = ANY (ARRAY(
      SELECT c.id
        FROM unnest(@github_id, @pull_github_id, @issue_github_id, @body, @created_at)
             AS x(github_id, pull_github_id, issue_github_id, body, created_at)
        LEFT JOIN LATERAL (SELECT id FROM pull_requests WHERE github_id = x.pull_github_id LIMIT 1) p ON true
        LEFT JOIN LATERAL (SELECT id FROM issues WHERE github_id = x.issue_github_id LIMIT 1) i ON true
       CROSS JOIN LATERAL (SELECT id, github_id
                             FROM comments
                            WHERE github_id IN (x.github_id, -x.github_id)
                              AND (comment_type <> @comment_type OR repository_id <> @repository_id)
                              AND (pull_request_id = p.id OR issue_id = i.id) IS TRUE
                              AND (created_at = x.created_at AND body = x.body) IS TRUE
                            LIMIT 1) c
       -- See link-replies.sql for IS TRUE.
       WHERE (SELECT true
                FROM comments o
               WHERE o.github_id IN (x.github_id, -x.github_id)
                 AND (o.comment_type = @comment_type) IS TRUE
                 AND o.id <> c.id
                 AND (o.github_id = c.github_id
                      OR ((o.pull_request_id = p.id OR o.issue_id = i.id) AND o.created_at = x.created_at AND o.body = x.body))
               LIMIT 1) IS NULL))
  RETURNING 1
)
SELECT 0::bigint, 0::bigint, count(*) FROM adopted
