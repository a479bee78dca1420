-- Opens this side: forward subscription disabled, flag dropped, record, one transaction (I4).
SELECT verdigris.guard(:epoch, :'holder');
SELECT verdigris.ready(:'nonce', :turn);
ALTER SUBSCRIPTION :"stream" DISABLE;
DROP FUNCTION verdigris.closed();
UPDATE verdigris.state SET closed = false, turn = :turn, nonce = NULL, witness = NULL, opened_at = pg_catalog.clock_timestamp(),
  window_until = pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => :window);
