-- Looks for the proof of an attempt.
SELECT EXISTS (SELECT FROM verdigris.proof WHERE nonce = $1 AND turn = $2)
