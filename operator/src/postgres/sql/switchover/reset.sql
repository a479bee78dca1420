-- Lets new sessions write again, as far as settings go; sessions from before are still to be ended.
SELECT verdigris.guard(:epoch, :'holder');
ALTER DATABASE :"database" RESET default_transaction_read_only;
UPDATE verdigris.state SET reset_at = 'infinity';
