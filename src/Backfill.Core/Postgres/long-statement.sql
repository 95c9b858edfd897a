-- Settings of this transaction only. JIT compilation of a statement with many parts takes longer than the statement: of 5.1 s
-- for the altered rows among a million, 4.5 s were compilation. 128 MB are enough for the people of a million rows.
SELECT set_config('jit', 'off', true), set_config('work_mem', '128MB', true)
