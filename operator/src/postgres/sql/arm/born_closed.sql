-- Closes a side that is being made: in the transaction that makes schema verdigris and the user's tables, so that nobody ever wrote there.
DO $$ DECLARE t record; BEGIN
  FOR t IN SELECT u.name, v.relkind FROM verdigris.ungated u JOIN verdigris.tables v USING (rel) LOOP
    EXECUTE pg_catalog.format('CREATE TRIGGER verdigris_gate BEFORE INSERT OR UPDATE OR DELETE %s ON %s FOR EACH STATEMENT EXECUTE FUNCTION verdigris.gate()',
      CASE WHEN t.relkind = 'f' AND pg_catalog.current_setting('server_version_num')::int < 160000 THEN '' ELSE 'OR TRUNCATE' END, t.name);
    EXECUTE pg_catalog.format('ALTER TABLE ONLY %s ENABLE ALWAYS TRIGGER verdigris_gate', t.name);
  END LOOP;
END $$;
CREATE FUNCTION verdigris.closed() RETURNS void LANGUAGE sql AS '';
CREATE EVENT TRIGGER verdigris_ddl ON ddl_command_start EXECUTE FUNCTION verdigris.gate_ddl();
ALTER EVENT TRIGGER verdigris_ddl ENABLE ALWAYS;
