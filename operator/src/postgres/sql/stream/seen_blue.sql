-- Looks for a marker of blue.
SELECT EXISTS (SELECT FROM verdigris.marker_blue WHERE nonce = $1)
