-- Reads who we are on this server.
SELECT pg_catalog.pg_backend_pid(), pg_catalog.current_setting('server_version_num')::int
