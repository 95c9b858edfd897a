INSERT INTO backfill.child_count AS t (repository_id, parent_type, parent_number, parent, reviews, comments, github_id)
SELECT @repository_id, x.parent_type, x.parent_number, x.parent, x.reviews, x.comments, x.github_id
  FROM unnest(@parent_type, @parent_number, @parent, @reviews, @comments, @github_id)
       AS x(parent_type, parent_number, parent, reviews, comments, github_id)
 ORDER BY 2, 3
ON CONFLICT (repository_id, parent_type, parent_number) DO UPDATE SET
  parent = excluded.parent,
  reviews = coalesce(excluded.reviews, t.reviews),
  comments = coalesce(excluded.comments, t.comments),
  github_id = coalesce(excluded.github_id, t.github_id),
  read_at = now()
