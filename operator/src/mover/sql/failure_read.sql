-- The failure of step $1 that counts: a lasting one first, then the latest.
SELECT reason, message, transient, times FROM verdigris.failure WHERE step = $1 ORDER BY transient, at DESC LIMIT 1
