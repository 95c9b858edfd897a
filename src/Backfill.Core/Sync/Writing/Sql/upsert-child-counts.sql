INSERT INTO backfill.child_count AS t (repository_id, parent_type, parent_number, parent, reviews, comments)
SELECT @repository_id, x.parent_type, x.parent_number, x.parent, x.reviews, x.comments
  FROM unnest(@parent_type, @parent_number, @parent, @reviews, @comments)
       AS x(parent_type, parent_number, parent, reviews, comments)
 ORDER BY 2, 3
ON CONFLICT (repository_id, parent_type, parent_number) DO UPDATE SET
  parent = excluded.parent,
  reviews = coalesce(excluded.reviews, t.reviews),
  comments = coalesce(excluded.comments, t.comments),
  read_at = now()
