-- Checks deferred foreign keys now. At COMMIT, their error would not name the statement.
SET CONSTRAINTS ALL IMMEDIATE
