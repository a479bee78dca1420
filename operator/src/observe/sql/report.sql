-- The last switchover to this side, and writes seen here after it was closed.
SELECT (SELECT body::text FROM verdigris.report ORDER BY at DESC LIMIT 1), (SELECT strays FROM verdigris.state)
