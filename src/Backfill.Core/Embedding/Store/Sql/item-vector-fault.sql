-- What is wrong with the vector of item t; null where nothing is. The tool writes only vectors of length 1, and a vector that is
-- as the tool wrote it needs no second look.
CASE
    WHEN t.embedding IS NULL OR s.vector_digest = hash_array_extended(t.embedding::real[], 0) THEN NULL
    WHEN s.vector_digest IS NOT NULL THEN 'altered'
    ELSE (SELECT CASE WHEN n.length = 0 THEN 'zero'
                      WHEN n.length IN ('NaN', 'Infinity') THEN 'not finite'
                      WHEN s.model_key IS NOT NULL AND abs(n.length - 1) > 0.01 THEN 'not of length 1' END
            FROM (SELECT sqrt(sum(v::float8 * v)) AS length FROM unnest(t.embedding::real[]) v) n)
  END
