-- Sets the end of the rollback window, counted from the opening; it only grows.
SELECT verdigris.guard(:epoch, :'holder');
SELECT verdigris.must_be_open();
UPDATE verdigris.state SET window_until = greatest(window_until, opened_at + pg_catalog.make_interval(secs => :seconds)) WHERE window_until IS NOT NULL;
