INSERT INTO verdigris.note (step, message) VALUES ($1, $2)
