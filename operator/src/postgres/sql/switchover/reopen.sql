-- Opens the side again that an attempt closed. The turn stays: it is never given out again.
SELECT verdigris.guard(:epoch, :'holder');
SELECT verdigris.must_be_closed();
DROP FUNCTION verdigris.closed();
UPDATE verdigris.state SET closed = false, nonce = NULL, closed_at = NULL, closed_position = NULL, witness = NULL;
