(CASE t.comment_type WHEN 'review_comment' THEN 'v' ELSE 'c' END)::"char" --? comments(github_id,comment_type)
'c'::"char" --? !comments(github_id,comment_type)
