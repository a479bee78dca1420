-- Takes the gate off DDL.
DROP EVENT TRIGGER IF EXISTS verdigris_ddl;
