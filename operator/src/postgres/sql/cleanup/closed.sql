-- Leaves nothing open on a closed side: tables of migrations that did not come to their end get the gate; new sessions are read-only.
SELECT verdigris.arm();
DO $$ BEGIN
  EXECUTE pg_catalog.format('ALTER DATABASE %I SET default_transaction_read_only = on', pg_catalog.current_database());
END $$;
