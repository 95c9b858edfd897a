-- Which entity has the proof of a comment t. Where github_id is the table's key, the row may have another kind than GitHub's.
= (CASE t.comment_type WHEN 'review_comment' THEN 'v' ELSE 'c' END)::"char" --? comments(github_id,comment_type)
IN ('c', 'v') --? !comments(github_id,comment_type)
