-- Blue's record: the run it belongs to.
SELECT uid, side, migration, closed FROM verdigris.state
