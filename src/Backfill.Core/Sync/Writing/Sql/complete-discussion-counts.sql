-- Discussions that were read without their comments, once these are counted.
UPDATE discussions d
   SET comment_count = c.comments
  FROM backfill.child_count c
 WHERE d.repository_id = @repository_id
   AND d.comment_count IS DISTINCT FROM c.comments
   AND c.repository_id = d.repository_id
   AND c.parent_type = 'discussion'
   AND c.parent_number = d.number
   AND c.comments IS NOT NULL
