-- Stored review comments that the list of the whole repository does not have any more.
INSERT INTO backfill.tombstone (repository_id, entity, github_id, reason)
SELECT @repository_id, 'ReviewComments', m.github_id, 'deleted'
  FROM comments m
 WHERE m.repository_id = @repository_id
   AND m.comment_type = 'review_comment'
   AND abs(m.github_id) <> ALL (@listed)
ON CONFLICT (entity, github_id) DO NOTHING
