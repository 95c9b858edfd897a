-- Stored comments at the top of discussions, in the order of their ids, except those that were deleted at GitHub.
SELECT m.id
  FROM discussion_comments m
  JOIN discussions d ON d.id = m.discussion_id
 WHERE d.repository_id = @repository_id
   AND m.parent_comment_id IS NULL
   AND m.id > @after
   AND NOT EXISTS (SELECT FROM backfill.tombstone t WHERE t.entity = 'DiscussionComments' AND t.github_id = m.github_id)
 ORDER BY m.id
 LIMIT @most
