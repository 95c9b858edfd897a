DELETE FROM backfill.held_comment h
 USING unnest(@comment_type, @github_id) AS x(comment_type, github_id)
 WHERE h.repository_id = @repository_id
   AND h.comment_type = x.comment_type
   AND h.github_id = x.github_id
