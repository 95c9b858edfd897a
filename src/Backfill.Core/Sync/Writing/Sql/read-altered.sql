-- By kind of rows: how many are not as the tool wrote them, how many are not there any more, since when they were as it wrote
-- them, ten examples of each, and how many the tool has not written yet.
SELECT entity,
       count(*) FILTER (WHERE NOT is_unproven AND NOT is_missing) AS altered,
       count(*) FILTER (WHERE is_unproven) AS unproven,
       count(*) FILTER (WHERE is_missing) AS missing,
       min(read_at) FILTER (WHERE NOT is_missing) AS proven_at,
       coalesce((array_agg(DISTINCT coalesce('#' || number, parent, github_id::text)) FILTER (WHERE NOT is_unproven AND NOT is_missing))[1:10], '{}') AS examples,
       coalesce((array_agg(DISTINCT '#' || number) FILTER (WHERE is_missing))[1:10], '{}') AS missing_examples
  FROM (
       --? include Sync/Writing/Sql/altered-rows
       ) t
 GROUP BY entity
