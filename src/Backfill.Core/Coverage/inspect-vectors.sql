-- By repository and fault: how many vectors have it, how many of them the tool has not written since it keeps their hashes, and ten numbers.
WITH {faulty_vectors}
SELECT repository_id,
       fault,
       count(*) AS vectors,
       count(*) FILTER (WHERE is_unproven) AS unproven,
       (array_agg(number ORDER BY number))[1:10] AS numbers
  FROM judged
 GROUP BY repository_id, fault
 ORDER BY repository_id, fault
