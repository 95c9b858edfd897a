-- A comment that is listed again while it is held: the later reading counts.
INSERT INTO backfill.held_comment AS t (repository_id, comment_type, github_id, parent_number, of_issue, comment)
SELECT @repository_id, x.comment_type, x.github_id, x.parent_number, x.of_issue, x.comment::json
  FROM unnest(@comment_type, @github_id, @parent_number, @of_issue, @comment)
       AS x(comment_type, github_id, parent_number, of_issue, comment)
 ORDER BY 2, 3
ON CONFLICT (repository_id, comment_type, github_id) DO UPDATE SET
  parent_number = excluded.parent_number,
  comment = excluded.comment,
  held_at = now()
