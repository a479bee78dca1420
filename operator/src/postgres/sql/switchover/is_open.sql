-- Asks whether this side is open in our epoch.
SELECT epoch = $1 AND holder = $2, NOT closed FROM verdigris.state
