-- One row written again as it is, so that its triggers and constraints speak; rolled back afterwards.
UPDATE {table} SET {column} = {column} WHERE ctid = (SELECT ctid FROM {table} LIMIT 1)
