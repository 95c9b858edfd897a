-- What the database refuses is undone back to here, so that the next table can be tried.
SAVEPOINT trial
