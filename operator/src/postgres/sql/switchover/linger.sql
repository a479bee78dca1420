-- Takes the lock on which writers of a closed side wait; free as soon as this session ends.
SELECT pg_catalog.pg_advisory_lock($1)
