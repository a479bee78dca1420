-- Arms the gate on one table. It waits for transactions that wrote the table before it, prepared ones included.
SELECT verdigris.guard(:epoch, :'holder');
CREATE OR REPLACE TRIGGER verdigris_gate BEFORE :events ON :table FOR EACH STATEMENT EXECUTE FUNCTION verdigris.gate();
ALTER TABLE ONLY :table ENABLE ALWAYS TRIGGER verdigris_gate;
