-- Takes every table out of the run's publications, each in a transaction of its own, which waits for who writes the table, 100 ms
-- a try, and makes the next ones look anew: a session that looks for a publication when it is dropped gets XX000. Not inside a transaction.
SELECT pg_catalog.set_config('verdigris.prefix', :'prefix', false);
DO $$ DECLARE t record; done bool; BEGIN
  FOR t IN SELECT p.pubname, r.prrelid::pg_catalog.regclass AS rel FROM pg_catalog.pg_publication p JOIN pg_catalog.pg_publication_rel r ON r.prpubid = p.oid
      WHERE pg_catalog.starts_with(p.pubname, pg_catalog.current_setting('verdigris.prefix')) LOOP
    LOOP
      BEGIN
        SET LOCAL lock_timeout = '100ms';
        EXECUTE pg_catalog.format('LOCK TABLE ONLY %s IN SHARE ROW EXCLUSIVE MODE', t.rel);
        EXECUTE pg_catalog.format('ALTER PUBLICATION %I DROP TABLE ONLY %s', t.pubname, t.rel);
        done := true;
      EXCEPTION WHEN lock_not_available THEN done := false;
      END;
      COMMIT;
      EXIT WHEN done;
      PERFORM pg_catalog.pg_sleep(0.2);
    END LOOP;
  END LOOP;
END $$;
