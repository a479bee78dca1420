-- Commits a marker on the side that writes; older ones are not needed any more.
SELECT verdigris.guard(:epoch, :'holder');
SELECT verdigris.must_be_open();
DELETE FROM verdigris.:"marker";
INSERT INTO verdigris.:"marker" VALUES (:'nonce', :turn);
