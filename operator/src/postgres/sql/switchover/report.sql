-- Keeps the report of a switchover.
SELECT verdigris.guard(:epoch, :'holder');
INSERT INTO verdigris.report (turn, body) VALUES (:turn, :'body');
