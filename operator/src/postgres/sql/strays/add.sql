-- Adds to the strays of this side.
SELECT verdigris.guard(:epoch, :'holder');
SELECT verdigris.must_be_closed();
UPDATE verdigris.state SET strays = strays + :found;
