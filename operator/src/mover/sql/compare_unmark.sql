-- These markers have done their work; the stream carries this too.
DELETE FROM verdigris.marker_blue WHERE nonce = ANY ($1)
