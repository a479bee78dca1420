-- Takes the gate off every table and off DDL.
DROP EVENT TRIGGER IF EXISTS verdigris_ddl;
DO $$ DECLARE t record; BEGIN
  FOR t IN SELECT tgrelid::pg_catalog.regclass AS rel FROM pg_catalog.pg_trigger WHERE tgname = 'verdigris_gate' AND NOT tgisinternal LOOP
    EXECUTE pg_catalog.format('DROP TRIGGER verdigris_gate ON %s', t.rel);
  END LOOP;
END $$;
