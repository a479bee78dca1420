-- Commits the proof synchronously: everything applied before it is durable with it.
SELECT verdigris.guard(:epoch, :'holder');
INSERT INTO verdigris.proof (nonce, turn) VALUES (:'nonce', :turn);
