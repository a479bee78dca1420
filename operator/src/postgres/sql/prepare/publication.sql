-- Makes the publication: an explicit list of tables and this side's marker.
SELECT verdigris.guard(:epoch, :'holder');
CREATE PUBLICATION :"publication" FOR TABLE :tables;
UPDATE verdigris.state SET fingerprint = verdigris.fingerprint();
