-- A refused insert is rolled back to this point, so the next table can be tried.
SAVEPOINT trial
