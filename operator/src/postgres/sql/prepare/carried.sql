-- Reads the tables that must be carried.
SELECT schema::text, relation::text FROM verdigris.carried ORDER BY 1, 2
