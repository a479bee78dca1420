-- Event triggers that fire in sessions of session_replication_role = replica, as ours are.
SELECT pg_catalog.jsonb_build_object('name', evtname, 'always', evtenabled = 'A')
FROM pg_catalog.pg_event_trigger WHERE evtenabled IN ('A', 'R') AND evtname <> 'verdigris_ddl' ORDER BY evtname;
