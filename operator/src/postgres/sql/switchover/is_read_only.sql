-- Asks whether new sessions are read-only.
SELECT EXISTS (SELECT FROM pg_catalog.pg_db_role_setting WHERE setrole = 0 AND 'default_transaction_read_only=on' = ANY (setconfig)
  AND setdatabase = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
