-- Looks for a marker of green.
SELECT EXISTS (SELECT FROM verdigris.marker_green WHERE nonce = $1)
