-- The jobs of pg_cron that the login may see, those that are switched on, and those that ran in the last 30 days and failed
-- each time, with the message of the last run.
SELECT count(*) AS jobs,
       count(*) FILTER (WHERE j.active) AS active,
       coalesce(array_agg(concat_ws(': ', coalesce(j.jobname, 'job ' || j.jobid), r.message) ORDER BY j.jobid)
                  FILTER (WHERE j.active AND r.runs > 0 AND r.succeeded = 0), '{}') AS failing
  FROM cron.job j
 CROSS JOIN LATERAL (SELECT count(*) AS runs,
                            count(*) FILTER (WHERE d.status = 'succeeded') AS succeeded,
                            (array_agg(d.return_message ORDER BY d.start_time DESC))[1] AS message
                       FROM cron.job_run_details d
                      WHERE d.jobid = j.jobid
                        AND d.status IN ('succeeded', 'failed')
                        AND d.start_time > now() - interval '720 hours') r
