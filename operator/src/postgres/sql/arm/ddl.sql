-- Arms the gate against DDL.
SELECT verdigris.guard(:epoch, :'holder');
DROP EVENT TRIGGER IF EXISTS verdigris_ddl;
CREATE EVENT TRIGGER verdigris_ddl ON ddl_command_start EXECUTE FUNCTION verdigris.gate_ddl();
ALTER EVENT TRIGGER verdigris_ddl ENABLE ALWAYS;
