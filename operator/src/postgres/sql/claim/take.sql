-- Takes a new epoch.
UPDATE verdigris.state SET epoch = $1, holder = $2 WHERE uid = $3 AND epoch < $1 RETURNING epoch
