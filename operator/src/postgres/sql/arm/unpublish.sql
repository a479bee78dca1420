-- Takes one table out of a publication. A session that looks up the table's publications holds a lock that this one waits for, and
-- who comes after it looks anew; so nobody looks for the publication any more when it is dropped.
LOCK TABLE ONLY :table IN SHARE ROW EXCLUSIVE MODE;
ALTER PUBLICATION :"publication" DROP TABLE ONLY :table;
