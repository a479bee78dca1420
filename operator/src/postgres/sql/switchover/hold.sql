-- Takes the gate: from here on writers wait.
BEGIN;
SELECT verdigris.guard(:epoch, :'holder');
LOCK TABLE verdigris.gate IN EXCLUSIVE MODE;
