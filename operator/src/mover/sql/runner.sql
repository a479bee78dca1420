-- Who carries this token passes the gate; NULL: nobody. On a side that was retired nobody does any more.
UPDATE verdigris.state SET runner = $1 WHERE $1::text IS NULL OR tombstone IS NULL
