-- SET LOCAL ROLE, which takes no parameter: until the transaction ends.
SELECT set_config('role', @role, true)
