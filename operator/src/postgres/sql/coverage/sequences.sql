-- Reads the sequences.
SELECT schema::text, relation::text, last, start, lead, low, high FROM verdigris.sequences
