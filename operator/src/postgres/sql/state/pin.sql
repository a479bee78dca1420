-- Records the catalog of this side as planned.
SELECT verdigris.guard(:epoch, :'holder');
UPDATE verdigris.state SET fingerprint = verdigris.fingerprint();
