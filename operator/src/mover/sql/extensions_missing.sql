-- Extensions of the other side ($1) that this server cannot make.
SELECT e FROM pg_catalog.unnest($1::text[]) e WHERE e NOT IN (SELECT name FROM pg_catalog.pg_available_extensions) ORDER BY e
