-- As a superuser, connected to the database itself: nothing of this is stopped by the gate or seen by users' triggers.
SET default_transaction_read_only = off; SET session_replication_role = replica; SET search_path = '';
SELECT pg_catalog.set_config('verdigris.session', :'run', false), pg_catalog.set_config('verdigris.prefix', :'prefix', false);
