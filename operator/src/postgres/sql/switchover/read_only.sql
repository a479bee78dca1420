-- Makes new sessions on the closed side read-only; whoever owns the subscription is exempt, or its worker could not apply.
SELECT verdigris.guard(:epoch, :'holder');
SELECT verdigris.must_be_closed();
ALTER ROLE :"owner" IN DATABASE :"database" SET default_transaction_read_only = off;
ALTER DATABASE :"database" SET default_transaction_read_only = on;
UPDATE verdigris.state SET window_until = NULL;
