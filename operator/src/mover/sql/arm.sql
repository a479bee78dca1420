-- Arms every table that is not yet gated, and DDL. Nobody else is here: green is closed, so one transaction may hold all the locks.
DO $$
DECLARE t record; BEGIN
  FOR t IN SELECT u.rel, v.relkind FROM verdigris.ungated u JOIN verdigris.tables v ON v.rel = u.rel LOOP
    EXECUTE pg_catalog.format('DROP TRIGGER IF EXISTS verdigris_gate ON %s', t.rel);
    EXECUTE pg_catalog.format('CREATE TRIGGER verdigris_gate BEFORE INSERT OR UPDATE OR DELETE%s ON %s FOR EACH STATEMENT EXECUTE FUNCTION verdigris.gate()',
      CASE t.relkind WHEN 'f' THEN '' ELSE ' OR TRUNCATE' END, t.rel);
    EXECUTE pg_catalog.format('ALTER TABLE %s ENABLE ALWAYS TRIGGER verdigris_gate', t.rel);
  END LOOP;
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_event_trigger WHERE evtname = 'verdigris_ddl') THEN
    CREATE EVENT TRIGGER verdigris_ddl ON ddl_command_start EXECUTE FUNCTION verdigris.gate_ddl();
  END IF;
  ALTER EVENT TRIGGER verdigris_ddl ENABLE ALWAYS;
END $$;
