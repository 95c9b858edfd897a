-- Items of one type that need a vector by the app's own rule (none, or one that is older than the item), and how many got
-- one since. A function that embeds does not record the text's hash, so that time has to decide here.
SELECT count(*) AS total,
       count(*) FILTER (WHERE embedding IS NULL OR embedding_generated_at IS NULL OR embedding_generated_at < updated_at) AS waiting,
       count(*) FILTER (WHERE embedding_generated_at >= coalesce(@since, now())) AS made,
       now() AS counted_at
  FROM {table}
 WHERE repository_id = @repository_id
