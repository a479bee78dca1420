-- A marker behind everything that was read on blue; the open side alone may write it.
INSERT INTO verdigris.marker_blue (nonce, turn) SELECT $1, 0 FROM (SELECT verdigris.must_be_open()) open
