-- Drops the run's slots; whoever reads from one is ended first.
SELECT pg_catalog.set_config('verdigris.prefix', :'prefix', false);
DO $$ DECLARE s record; BEGIN
  FOR i IN 1..100 LOOP
    PERFORM pg_catalog.pg_terminate_backend(active_pid) FROM pg_catalog.pg_replication_slots
      WHERE pg_catalog.starts_with(slot_name, pg_catalog.current_setting('verdigris.prefix')) AND active_pid IS NOT NULL;
    FOR s IN SELECT slot_name FROM pg_catalog.pg_replication_slots
        WHERE pg_catalog.starts_with(slot_name, pg_catalog.current_setting('verdigris.prefix')) AND active_pid IS NULL LOOP
      BEGIN
        PERFORM pg_catalog.pg_drop_replication_slot(s.slot_name);
      EXCEPTION WHEN object_in_use OR undefined_object THEN NULL;
      END;
    END LOOP;
    EXIT WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots WHERE pg_catalog.starts_with(slot_name, pg_catalog.current_setting('verdigris.prefix')));
    PERFORM pg_catalog.pg_sleep(0.02);
  END LOOP;
END $$;
