-- Drops the run's subscriptions of this database; their slots stay, for the publisher may be gone.
SELECT pg_catalog.set_config('verdigris.prefix', :'prefix', false);
DO $$ DECLARE s record; BEGIN
  FOR s IN SELECT subname FROM pg_catalog.pg_subscription WHERE pg_catalog.starts_with(subname, pg_catalog.current_setting('verdigris.prefix'))
      AND subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) LOOP
    EXECUTE pg_catalog.format('ALTER SUBSCRIPTION %I DISABLE', s.subname);
    EXECUTE pg_catalog.format('ALTER SUBSCRIPTION %I SET (slot_name = NONE)', s.subname);
    EXECUTE pg_catalog.format('DROP SUBSCRIPTION %I', s.subname);
  END LOOP;
END $$;
