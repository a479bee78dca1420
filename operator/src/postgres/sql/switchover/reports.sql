-- Reads the reports of switchovers into this side.
SELECT body::text FROM verdigris.report ORDER BY turn
