SELECT name FROM verdigris.snapshot ORDER BY at DESC
