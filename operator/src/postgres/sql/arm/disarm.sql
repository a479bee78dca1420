-- Takes the gate off one table.
DROP TRIGGER IF EXISTS verdigris_gate ON :table;
