-- Commits the marker behind the last write.
INSERT INTO verdigris.:"marker" VALUES (:'nonce', :turn);
