-- Does the same as SET LOCAL ROLE, which takes no parameter. The role lasts until the transaction ends.
SELECT set_config('role', @role, true)
