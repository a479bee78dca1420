-- Reads the epoch of this side.
SELECT uid, epoch FROM verdigris.state
