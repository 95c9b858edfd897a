-- Updates one row with its own values, to fire its triggers and constraints. The caller rolls it back.
UPDATE {table} SET {column} = {column} WHERE ctid = (SELECT ctid FROM {table} LIMIT 1)
