-- Makes the replication role. It has no password until a subscription needs one, so nobody can log in as it.
SELECT verdigris.guard(:epoch, :'holder');
SELECT pg_catalog.set_config('verdigris.role', :'role', true);
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = pg_catalog.current_setting('verdigris.role')) THEN
    EXECUTE pg_catalog.format('CREATE ROLE %I LOGIN REPLICATION', pg_catalog.current_setting('verdigris.role'));
  END IF;
END $$;
GRANT CONNECT ON DATABASE :"database" TO :"role";
