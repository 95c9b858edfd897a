-- Finds each repository by its id, by its name, or by a former name, in this order. GitHub ignores case in owner and name.
SELECT asked.owner AS asked_owner, asked.name AS asked_name, found.id, found.github_id, found.full_name
  FROM unnest(@ids, @owners, @names) asked (id, owner, name)
 CROSS JOIN LATERAL (
    SELECT every.id, every.github_id, every.full_name
      FROM (
        SELECT r.id, r.github_id, r.full_name, 1 AS rank
          FROM repositories r
         WHERE r.id = asked.id
        UNION ALL
        SELECT r.id, r.github_id, r.full_name, 2
          FROM repositories r
         WHERE lower(r.owner) = lower(asked.owner) AND lower(r.name) = lower(asked.name)
        --? begin backfill.repository_name
        UNION ALL
        SELECT r.id, r.github_id, r.full_name, 3
          FROM backfill.repository_name n
          JOIN repositories r ON r.id = n.repository_id
         WHERE n.name = lower(asked.owner || '/' || asked.name)
        --? end
      ) every
     ORDER BY every.rank
     LIMIT 1) found
