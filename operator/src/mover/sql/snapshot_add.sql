INSERT INTO verdigris.snapshot (name, pid) VALUES ($1, $2)
