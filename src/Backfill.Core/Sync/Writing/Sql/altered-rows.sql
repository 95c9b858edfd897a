-- The rows of a repository that are not as the tool wrote them, or that the tool has not written yet (is_unproven). number and
-- parent say where GitHub has the row: the number of its item, and the node id of what it is listed under. A missing row was
-- stored once: its number is known and no row has it. Rows that GitHub does not have any more are left out.
-- coalesce((a = b)::integer, 0) = 0 is a IS DISTINCT FROM b. PostgreSQL expects it of one row in 200, not of nearly all, so it
-- compares the digests first and in parallel.
SELECT 'PullRequests' AS entity, t.github_id, t.number, c.parent,
       p.digest IS NULL AND coalesce(c.github_id, t.github_id) = t.github_id AS is_unproven, false AS is_missing, coalesce(p.read_at, c.read_at) AS read_at
  FROM pull_requests t
  LEFT JOIN backfill.row_proof p ON p.github_id = t.github_id AND p.entity = 'p' AND p.shape =
  --? include Sync/Writing/Sql/shape-pull-requests
  LEFT JOIN backfill.child_count c
    ON c.repository_id = @repository_id AND c.parent_type = 'pull_request' AND c.parent_number = t.number
 WHERE t.repository_id = @repository_id
   AND NOT EXISTS (SELECT FROM backfill.tombstone b WHERE b.entity = 'PullRequests' AND b.github_id = t.github_id)
   AND coalesce((p.digest =
   --? include Sync/Writing/Sql/digest-pull-requests
   )::integer, 0) = 0
UNION ALL
SELECT 'Issues', t.github_id, t.number, c.parent,
       p.digest IS NULL AND coalesce(c.github_id, t.github_id) = t.github_id, false, coalesce(p.read_at, c.read_at)
  FROM issues t
  LEFT JOIN backfill.row_proof p ON p.github_id = t.github_id AND p.entity = 'i' AND p.shape =
  --? include Sync/Writing/Sql/shape-issues
  LEFT JOIN backfill.child_count c
    ON c.repository_id = @repository_id AND c.parent_type = 'issue' AND c.parent_number = t.number
 WHERE t.repository_id = @repository_id
   AND NOT EXISTS (SELECT FROM backfill.tombstone b WHERE b.entity = 'Issues' AND b.github_id = t.github_id)
   AND coalesce((p.digest =
   --? include Sync/Writing/Sql/digest-issues
   )::integer, 0) = 0
--? begin discussions
UNION ALL
SELECT 'Discussions', t.github_id, t.number, c.parent,
       p.digest IS NULL AND coalesce(c.github_id, t.github_id) = t.github_id, false, coalesce(p.read_at, c.read_at)
  FROM discussions t
  LEFT JOIN backfill.row_proof p ON p.github_id = t.github_id AND p.entity = 'd' AND p.shape =
  --? include Sync/Writing/Sql/shape-discussions
  LEFT JOIN backfill.child_count c
    ON c.repository_id = @repository_id AND c.parent_type = 'discussion' AND c.parent_number = t.number
 WHERE t.repository_id = @repository_id
   AND NOT EXISTS (SELECT FROM backfill.tombstone b WHERE b.entity = 'Discussions' AND b.github_id = t.github_id)
   AND coalesce((p.digest =
   --? include Sync/Writing/Sql/digest-discussions
   )::integer, 0) = 0
--? end
UNION ALL
SELECT 'Reviews', t.github_id, q.number, c.parent, p.digest IS NULL, false, p.read_at
  FROM reviews t
  JOIN pull_requests q ON q.id = t.pull_request_id
  LEFT JOIN backfill.row_proof p ON p.github_id = t.github_id AND p.entity = 'r' AND p.shape =
  --? include Sync/Writing/Sql/shape-reviews
  LEFT JOIN backfill.child_count c
    ON c.repository_id = @repository_id AND c.parent_type = 'pull_request' AND c.parent_number = q.number
 WHERE t.repository_id = @repository_id
   AND NOT EXISTS (SELECT FROM backfill.tombstone b WHERE b.entity = 'Reviews' AND b.github_id = t.github_id)
   AND coalesce((p.digest =
   --? include Sync/Writing/Sql/digest-reviews
   )::integer, 0) = 0
UNION ALL
SELECT CASE WHEN p.entity = 'v' OR p.entity IS NULL AND t.comment_type = 'review_comment' THEN 'ReviewComments' ELSE 'IssueComments' END,
       t.github_id, coalesce(p.parent_number, q.number, i.number), c.parent, p.digest IS NULL, false, p.read_at
  FROM comments t
  LEFT JOIN pull_requests q ON q.id = t.pull_request_id
  LEFT JOIN issues i ON i.id = t.issue_id
  LEFT JOIN backfill.row_proof p ON p.github_id = t.github_id AND p.entity
  --? include Sync/Writing/Sql/proof-of-comments
    AND p.shape =
  --? include Sync/Writing/Sql/shape-comments
  -- Pull requests, issues and discussions share their numbers, so a number says which kind the item is.
  LEFT JOIN backfill.child_count c
    ON c.repository_id = @repository_id
   AND c.parent_type IN ('issue', 'pull_request')
   AND c.parent_number = coalesce(p.parent_number, q.number, i.number)
 WHERE t.repository_id = @repository_id
   AND NOT EXISTS (SELECT FROM backfill.tombstone b
                    WHERE b.entity IN ('IssueComments', 'ReviewComments') AND b.github_id = t.github_id)
   AND coalesce((p.digest =
   --? include Sync/Writing/Sql/digest-comments
   )::integer, 0) = 0
UNION ALL
-- Children that another program gave to another repository than their item's.
SELECT 'Reviews', t.github_id, q.number, c.parent, p.digest IS NULL, false, p.read_at
  FROM pull_requests q
  JOIN reviews t ON t.pull_request_id = q.id
  LEFT JOIN backfill.row_proof p ON p.github_id = t.github_id AND p.entity = 'r'
  LEFT JOIN backfill.child_count c
    ON c.repository_id = @repository_id AND c.parent_type = 'pull_request' AND c.parent_number = q.number
 WHERE q.repository_id = @repository_id
   AND t.repository_id IS DISTINCT FROM @repository_id
UNION ALL
SELECT CASE WHEN p.entity = 'v' OR p.entity IS NULL AND t.comment_type = 'review_comment' THEN 'ReviewComments' ELSE 'IssueComments' END,
       t.github_id, q.number, c.parent, p.digest IS NULL, false, p.read_at
  FROM pull_requests q
  JOIN comments t ON t.pull_request_id = q.id
  LEFT JOIN backfill.row_proof p ON p.github_id = t.github_id AND p.entity
  --? include Sync/Writing/Sql/proof-of-comments
  LEFT JOIN backfill.child_count c
    ON c.repository_id = @repository_id AND c.parent_type = 'pull_request' AND c.parent_number = q.number
 WHERE q.repository_id = @repository_id
   AND t.repository_id IS DISTINCT FROM @repository_id
UNION ALL
SELECT 'IssueComments', t.github_id, i.number, c.parent, p.digest IS NULL, false, p.read_at
  FROM issues i
  JOIN comments t ON t.issue_id = i.id
  LEFT JOIN backfill.row_proof p ON p.github_id = t.github_id AND p.entity
  --? include Sync/Writing/Sql/proof-of-comments
  LEFT JOIN backfill.child_count c
    ON c.repository_id = @repository_id AND c.parent_type = 'issue' AND c.parent_number = i.number
 WHERE i.repository_id = @repository_id
   AND t.repository_id IS DISTINCT FROM @repository_id
--? begin discussions discussion_comments
UNION ALL
SELECT CASE WHEN t.parent_comment_id IS NULL THEN 'DiscussionComments' ELSE 'DiscussionReplies' END,
       t.github_id, d.number, coalesce(t.parent_comment_id, d.id), p.digest IS NULL, false, p.read_at
  -- Also below a discussion that another program gave to another repository.
  FROM (SELECT id, number FROM discussions WHERE repository_id = @repository_id
        UNION
        SELECT parent, parent_number FROM backfill.child_count
         WHERE repository_id = @repository_id AND parent_type = 'discussion') d
  JOIN discussion_comments t ON t.discussion_id = d.id
  LEFT JOIN backfill.row_proof p ON p.github_id = t.github_id AND p.entity = 'm' AND p.shape =
  --? include Sync/Writing/Sql/shape-discussion-comments
 WHERE NOT EXISTS (SELECT FROM backfill.tombstone b WHERE b.entity = 'DiscussionComments' AND b.github_id = t.github_id)
   AND coalesce((p.digest =
   --? include Sync/Writing/Sql/digest-discussion-comments
   )::integer, 0) = 0
--? end
UNION ALL
-- The authors of the repository, and the accounts whose first writer was a run of it. So each account is compared for one
-- repository at least. Accounts from before that was recorded are compared for each.
SELECT 'Contributors', t.github_id, NULL, t.username, u.digest IS NULL, false, u.read_at
  FROM (SELECT id, bool_or(is_author) AS is_author
          -- DISTINCT in each part runs in parallel.
          FROM (SELECT DISTINCT author_id AS id, true AS is_author FROM pull_requests WHERE repository_id = @repository_id
                UNION ALL SELECT DISTINCT author_id, true FROM issues WHERE repository_id = @repository_id
                UNION ALL SELECT DISTINCT author_id, true FROM reviews WHERE repository_id = @repository_id
                UNION ALL SELECT DISTINCT commenter_id, true FROM comments WHERE repository_id = @repository_id
                UNION ALL
                SELECT c.id, false
                  FROM backfill.actor n
                 CROSS JOIN LATERAL (SELECT id FROM contributors WHERE github_id = n.github_id LIMIT 1) c
                 WHERE n.repository_id = @repository_id
                    OR n.repository_id IS NULL) every
         GROUP BY id) a
  -- LATERAL looks each account up by its key. With a join, PostgreSQL expects as many accounts as items and reads whole tables.
 CROSS JOIN LATERAL (SELECT * FROM contributors WHERE id = a.id LIMIT 1) t
  LEFT JOIN LATERAL (SELECT digest, read_at FROM backfill.row_proof
                      WHERE github_id = t.github_id AND entity = 'u' AND shape =
                        --? include Sync/Writing/Sql/shape-accounts
                      LIMIT 1) u ON true
  LEFT JOIN LATERAL (SELECT digest FROM backfill.row_proof
                      WHERE github_id = t.github_id AND entity = 'f' AND shape =
                        --? include Sync/Writing/Sql/shape-profiles
                      LIMIT 1) f ON true
 WHERE u.digest IS NULL AND a.is_author
    OR u.digest <>
       --? include Sync/Writing/Sql/digest-accounts
    OR f.digest <>
       --? include Sync/Writing/Sql/digest-profiles
UNION ALL
SELECT 'Repository', t.github_id, NULL, t.full_name, p.digest IS NULL, false, p.read_at
  FROM repositories t
  LEFT JOIN backfill.row_proof p ON p.github_id = t.github_id AND p.entity = 'o' AND p.shape =
  --? include Postgres/shape-repositories
 WHERE t.id = @repository_id
   AND coalesce((p.digest =
   --? include Postgres/digest-repositories
   )::integer, 0) = 0
UNION ALL
SELECT CASE c.parent_type WHEN 'pull_request' THEN 'PullRequests' WHEN 'issue' THEN 'Issues' ELSE 'Discussions' END,
       0, c.parent_number, c.parent, false, true, c.read_at
  FROM backfill.child_count c
 WHERE c.repository_id = @repository_id
   AND NOT EXISTS (SELECT FROM pull_requests t WHERE t.repository_id = @repository_id AND t.number = c.parent_number AND c.parent_type = 'pull_request')
   AND NOT EXISTS (SELECT FROM issues t WHERE t.repository_id = @repository_id AND t.number = c.parent_number AND c.parent_type = 'issue')
   AND NOT EXISTS (SELECT FROM discussions t WHERE t.repository_id = @repository_id AND t.number = c.parent_number AND c.parent_type = 'discussion') --? discussions
   AND NOT EXISTS (SELECT FROM backfill.tombstone b WHERE b.repository_id = @repository_id AND b.number = c.parent_number)
