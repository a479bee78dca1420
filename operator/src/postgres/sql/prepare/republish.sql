-- Sets the tables of the publication.
SELECT verdigris.guard(:epoch, :'holder');
ALTER PUBLICATION :"publication" SET TABLE :tables;
UPDATE verdigris.state SET fingerprint = verdigris.fingerprint();
