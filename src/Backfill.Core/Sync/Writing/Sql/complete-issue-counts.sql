-- Issues that were read without their comments, once these are counted.
UPDATE issues i
   SET comments_count = c.comments
  FROM backfill.child_count c
 WHERE i.repository_id = @repository_id
   AND i.comments_count IS DISTINCT FROM c.comments
   AND c.repository_id = i.repository_id
   AND c.parent_type = 'issue'
   AND c.parent_number = i.number
   AND c.comments IS NOT NULL
