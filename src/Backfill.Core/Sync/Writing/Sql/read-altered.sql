-- By repository and kind of rows: how many are not as the tool wrote them, how many are not there any more, since when they were as
-- it wrote them, ten examples of each, and how many the tool has not written yet. PostgreSQL expects few rows, but where nothing is
-- proven there are millions: DISTINCT in the aggregates, or no MATERIALIZED, would sort them all.
WITH altered AS MATERIALIZED (
  --? include Sync/Writing/Sql/altered-rows
)
SELECT repository_id, entity, altered, unproven, missing, proven_at,
       ARRAY(SELECT DISTINCT example FROM unnest(altered_rows) example ORDER BY example LIMIT 10) AS examples,
       ARRAY(SELECT DISTINCT example FROM unnest(missing_rows) example ORDER BY example LIMIT 10) AS missing_examples
  FROM (SELECT repository_id,
               entity,
               count(*) FILTER (WHERE NOT is_unproven AND NOT is_missing) AS altered,
               count(*) FILTER (WHERE is_unproven) AS unproven,
               count(*) FILTER (WHERE is_missing) AS missing,
               min(read_at) FILTER (WHERE NOT is_missing) AS proven_at,
               array_agg(coalesce('#' || number, parent, github_id::text)) FILTER (WHERE NOT is_unproven AND NOT is_missing) AS altered_rows,
               array_agg('#' || number) FILTER (WHERE is_missing) AS missing_rows
          FROM altered
         GROUP BY repository_id, entity) counted
