-- Settings of this transaction only. JIT compilation of the statement costs more time than it saves. 128 MB are enough for
-- the people of a million rows.
SELECT set_config('jit', 'off', true), set_config('work_mem', '128MB', true)
