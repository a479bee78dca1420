-- Drops the run's publications, which hold no table any more.
SELECT pg_catalog.set_config('verdigris.prefix', :'prefix', false);
DO $$ DECLARE p record; BEGIN
  FOR p IN SELECT pubname FROM pg_catalog.pg_publication WHERE pg_catalog.starts_with(pubname, pg_catalog.current_setting('verdigris.prefix')) LOOP
    EXECUTE pg_catalog.format('DROP PUBLICATION %I', p.pubname);
  END LOOP;
END $$;
