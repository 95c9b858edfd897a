-- The rows of repositories that are not as the tool wrote them, or that the tool has not written yet (is_unproven). number and
-- parent say where GitHub has the row: the number of its item, and the node id of what it is listed under. A missing row was
-- stored once: its number is known and no row has it. Rows that GitHub does not have any more are left out.
-- CASE ... END = 0 is a IS DISTINCT FROM b. PostgreSQL expects it of one row in 200, not of nearly all, so it compares the digests
-- first and in parallel. Without a digest nothing is hashed.
SELECT t.repository_id, 'PullRequests' AS entity, t.github_id, t.number, c.parent,
       p.digest IS NULL AND coalesce(c.github_id, t.github_id) = t.github_id AS is_unproven, false AS is_missing, coalesce(p.read_at, c.read_at) AS read_at
  FROM pull_requests t
  LEFT JOIN backfill.row_proof p ON p.github_id = t.github_id AND p.entity = 'p' AND p.shape =
  --? include Sync/Writing/Sql/shape-pull-requests
  LEFT JOIN backfill.child_count c
    ON c.repository_id = t.repository_id AND c.parent_type = 'pull_request' AND c.parent_number = t.number
 WHERE t.repository_id = ANY (@repository_ids)
   AND NOT EXISTS (SELECT FROM backfill.tombstone b WHERE b.entity = 'PullRequests' AND b.github_id = t.github_id)
   AND CASE WHEN p.digest IS NULL THEN 0 ELSE (p.digest =
   --? include Sync/Writing/Sql/digest-pull-requests
   )::integer END = 0
UNION ALL
SELECT t.repository_id, 'Issues', t.github_id, t.number, c.parent,
       p.digest IS NULL AND coalesce(c.github_id, t.github_id) = t.github_id, false, coalesce(p.read_at, c.read_at)
  FROM issues t
  LEFT JOIN backfill.row_proof p ON p.github_id = t.github_id AND p.entity = 'i' AND p.shape =
  --? include Sync/Writing/Sql/shape-issues
  LEFT JOIN backfill.child_count c
    ON c.repository_id = t.repository_id AND c.parent_type = 'issue' AND c.parent_number = t.number
 WHERE t.repository_id = ANY (@repository_ids)
   AND NOT EXISTS (SELECT FROM backfill.tombstone b WHERE b.entity = 'Issues' AND b.github_id = t.github_id)
   AND CASE WHEN p.digest IS NULL THEN 0 ELSE (p.digest =
   --? include Sync/Writing/Sql/digest-issues
   )::integer END = 0
--? begin discussions
UNION ALL
SELECT t.repository_id, 'Discussions', t.github_id, t.number, c.parent,
       p.digest IS NULL AND coalesce(c.github_id, t.github_id) = t.github_id, false, coalesce(p.read_at, c.read_at)
  FROM discussions t
  LEFT JOIN backfill.row_proof p ON p.github_id = t.github_id AND p.entity = 'd' AND p.shape =
  --? include Sync/Writing/Sql/shape-discussions
  LEFT JOIN backfill.child_count c
    ON c.repository_id = t.repository_id AND c.parent_type = 'discussion' AND c.parent_number = t.number
 WHERE t.repository_id = ANY (@repository_ids)
   AND NOT EXISTS (SELECT FROM backfill.tombstone b WHERE b.entity = 'Discussions' AND b.github_id = t.github_id)
   AND CASE WHEN p.digest IS NULL THEN 0 ELSE (p.digest =
   --? include Sync/Writing/Sql/digest-discussions
   )::integer END = 0
--? end
UNION ALL
SELECT t.repository_id, 'Reviews', t.github_id, q.number, c.parent, p.digest IS NULL, false, p.read_at
  FROM reviews t
  JOIN pull_requests q ON q.id = t.pull_request_id
  LEFT JOIN backfill.row_proof p ON p.github_id = t.github_id AND p.entity = 'r' AND p.shape =
  --? include Sync/Writing/Sql/shape-reviews
  LEFT JOIN backfill.child_count c
    ON c.repository_id = t.repository_id AND c.parent_type = 'pull_request' AND c.parent_number = q.number
 WHERE t.repository_id = ANY (@repository_ids)
   AND NOT EXISTS (SELECT FROM backfill.tombstone b WHERE b.entity = 'Reviews' AND b.github_id = t.github_id)
   AND CASE WHEN p.digest IS NULL THEN 0 ELSE (p.digest =
   --? include Sync/Writing/Sql/digest-reviews
   )::integer END = 0
UNION ALL
SELECT t.repository_id, CASE WHEN p.entity = 'v' OR p.entity IS NULL AND t.comment_type = 'review_comment' THEN 'ReviewComments' ELSE 'IssueComments' END,
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
    ON c.repository_id = t.repository_id
   AND c.parent_type IN ('issue', 'pull_request')
   AND c.parent_number = coalesce(p.parent_number, q.number, i.number)
 WHERE t.repository_id = ANY (@repository_ids)
   AND NOT EXISTS (SELECT FROM backfill.tombstone b
                    WHERE b.entity IN ('IssueComments', 'ReviewComments') AND b.github_id = t.github_id)
   AND CASE WHEN p.digest IS NULL THEN 0 ELSE (p.digest =
   --? include Sync/Writing/Sql/digest-comments
   )::integer END = 0
UNION ALL
-- Children that another program gave to another repository than their item's.
SELECT q.repository_id, 'Reviews', t.github_id, q.number, c.parent, p.digest IS NULL, false, p.read_at
  FROM pull_requests q
  JOIN reviews t ON t.pull_request_id = q.id
  LEFT JOIN backfill.row_proof p ON p.github_id = t.github_id AND p.entity = 'r'
  LEFT JOIN backfill.child_count c
    ON c.repository_id = q.repository_id AND c.parent_type = 'pull_request' AND c.parent_number = q.number
 WHERE q.repository_id = ANY (@repository_ids)
   AND t.repository_id IS DISTINCT FROM q.repository_id
UNION ALL
SELECT q.repository_id, CASE WHEN p.entity = 'v' OR p.entity IS NULL AND t.comment_type = 'review_comment' THEN 'ReviewComments' ELSE 'IssueComments' END,
       t.github_id, q.number, c.parent, p.digest IS NULL, false, p.read_at
  FROM pull_requests q
  JOIN comments t ON t.pull_request_id = q.id
  LEFT JOIN backfill.row_proof p ON p.github_id = t.github_id AND p.entity
  --? include Sync/Writing/Sql/proof-of-comments
  LEFT JOIN backfill.child_count c
    ON c.repository_id = q.repository_id AND c.parent_type = 'pull_request' AND c.parent_number = q.number
 WHERE q.repository_id = ANY (@repository_ids)
   AND t.repository_id IS DISTINCT FROM q.repository_id
UNION ALL
SELECT i.repository_id, 'IssueComments', t.github_id, i.number, c.parent, p.digest IS NULL, false, p.read_at
  FROM issues i
  JOIN comments t ON t.issue_id = i.id
  LEFT JOIN backfill.row_proof p ON p.github_id = t.github_id AND p.entity
  --? include Sync/Writing/Sql/proof-of-comments
  LEFT JOIN backfill.child_count c
    ON c.repository_id = i.repository_id AND c.parent_type = 'issue' AND c.parent_number = i.number
 WHERE i.repository_id = ANY (@repository_ids)
   AND t.repository_id IS DISTINCT FROM i.repository_id
--? begin discussions discussion_comments
UNION ALL
SELECT d.repository_id, CASE WHEN t.parent_comment_id IS NULL THEN 'DiscussionComments' ELSE 'DiscussionReplies' END,
       t.github_id, d.number, coalesce(t.parent_comment_id, d.id), p.digest IS NULL, false, p.read_at
  -- Also below a discussion that another program gave to another repository.
  FROM (SELECT repository_id, id, number FROM discussions WHERE repository_id = ANY (@repository_ids)
        UNION
        SELECT repository_id, parent, parent_number FROM backfill.child_count
         WHERE repository_id = ANY (@repository_ids) AND parent_type = 'discussion') d
  JOIN discussion_comments t ON t.discussion_id = d.id
  LEFT JOIN backfill.row_proof p ON p.github_id = t.github_id AND p.entity = 'm' AND p.shape =
  --? include Sync/Writing/Sql/shape-discussion-comments
 WHERE NOT EXISTS (SELECT FROM backfill.tombstone b WHERE b.entity = 'DiscussionComments' AND b.github_id = t.github_id)
   AND CASE WHEN p.digest IS NULL THEN 0 ELSE (p.digest =
   --? include Sync/Writing/Sql/digest-discussion-comments
   )::integer END = 0
--? end
UNION ALL
-- The authors of each repository, and the accounts whose first writer was a run of it. So each account is compared for one
-- repository at least. Accounts from before that was recorded are compared for each. An account is compared once, however many
-- repositories it belongs to.
SELECT r.repository_id, 'Contributors', t.github_id, NULL, t.username, u.digest IS NULL, false, u.read_at
  FROM (SELECT id,
               array_agg(repository_id) FILTER (WHERE is_author) AS written_in,
               array_agg(repository_id) FILTER (WHERE NOT is_author) AS recorded_by,
               bool_or(repository_id IS NULL) AS is_of_all
          -- DISTINCT in each part runs in parallel.
          FROM (SELECT DISTINCT repository_id, author_id AS id, true AS is_author FROM pull_requests WHERE repository_id = ANY (@repository_ids)
                UNION ALL SELECT DISTINCT repository_id, author_id, true FROM issues WHERE repository_id = ANY (@repository_ids)
                UNION ALL SELECT DISTINCT repository_id, author_id, true FROM reviews WHERE repository_id = ANY (@repository_ids)
                UNION ALL SELECT DISTINCT repository_id, commenter_id, true FROM comments WHERE repository_id = ANY (@repository_ids)
                UNION ALL
                SELECT n.repository_id, c.id, false
                  FROM backfill.actor n
                 CROSS JOIN LATERAL (SELECT id FROM contributors WHERE github_id = n.github_id LIMIT 1) c
                 WHERE n.repository_id = ANY (@repository_ids)
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
 CROSS JOIN LATERAL (SELECT coalesce(u.digest <>
                            --? include Sync/Writing/Sql/digest-accounts
                            , false) OR coalesce(f.digest <>
                            --? include Sync/Writing/Sql/digest-profiles
                            , false) AS is_altered) j
 CROSS JOIN LATERAL (SELECT DISTINCT unnest AS repository_id
                       FROM unnest(CASE WHEN NOT j.is_altered THEN a.written_in
                                        WHEN a.is_of_all THEN @repository_ids
                                        ELSE a.written_in || a.recorded_by END)) r
 WHERE j.is_altered OR u.digest IS NULL
UNION ALL
SELECT t.id, 'Repository', t.github_id, NULL, t.full_name, p.digest IS NULL, false, p.read_at
  FROM repositories t
  LEFT JOIN backfill.row_proof p ON p.github_id = t.github_id AND p.entity = 'o' AND p.shape =
  --? include Postgres/shape-repositories
 WHERE t.id = ANY (@repository_ids)
   AND CASE WHEN p.digest IS NULL THEN 0 ELSE (p.digest =
   --? include Postgres/digest-repositories
   )::integer END = 0
UNION ALL
SELECT c.repository_id, CASE c.parent_type WHEN 'pull_request' THEN 'PullRequests' WHEN 'issue' THEN 'Issues' ELSE 'Discussions' END,
       0, c.parent_number, c.parent, false, true, c.read_at
  FROM backfill.child_count c
 WHERE c.repository_id = ANY (@repository_ids)
   AND NOT EXISTS (SELECT FROM pull_requests t WHERE t.repository_id = c.repository_id AND t.number = c.parent_number AND c.parent_type = 'pull_request')
   AND NOT EXISTS (SELECT FROM issues t WHERE t.repository_id = c.repository_id AND t.number = c.parent_number AND c.parent_type = 'issue')
   AND NOT EXISTS (SELECT FROM discussions t WHERE t.repository_id = c.repository_id AND t.number = c.parent_number AND c.parent_type = 'discussion') --? discussions
   AND NOT EXISTS (SELECT FROM backfill.tombstone b WHERE b.repository_id = c.repository_id AND b.number = c.parent_number)
