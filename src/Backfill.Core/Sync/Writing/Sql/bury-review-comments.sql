-- Stored review comments that the list of the whole repository does not have any more. See link-replies.sql for IS TRUE.
INSERT INTO backfill.tombstone (repository_id, entity, github_id, reason)
SELECT @repository_id, 'ReviewComments', m.github_id, 'deleted'
  FROM comments m
 WHERE m.repository_id = @repository_id
   AND (m.comment_type = 'review_comment') IS TRUE
   AND abs(m.github_id) <> ALL (@listed)
ON CONFLICT (entity, github_id) DO NOTHING
