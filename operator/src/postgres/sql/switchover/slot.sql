-- Makes the slot of the reverse stream; waits for transactions, nobody waits for it.
SELECT pg_catalog.pg_create_logical_replication_slot($1::text::name, 'pgoutput')::text FROM verdigris.state WHERE epoch = $2 AND holder = $3
