-- For this transaction only. Compiling the statement costs more than it saves; 128 MB hold the people of a million rows.
SELECT set_config('jit', 'off', true), set_config('work_mem', '128MB', true)
