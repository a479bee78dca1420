-- Whether one of these markers of blue is here.
SELECT EXISTS (SELECT FROM verdigris.marker_blue WHERE nonce = ANY ($1)) AS seen
