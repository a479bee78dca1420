-- Looks for the DDL event trigger.
SELECT EXISTS (SELECT FROM pg_catalog.pg_event_trigger WHERE evtname = 'verdigris_ddl' AND evtenabled = 'A')
