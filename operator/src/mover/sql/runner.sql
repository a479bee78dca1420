-- Who carries this token passes the gate; NULL: nobody.
UPDATE verdigris.state SET runner = $1
