-- Asks what is not gated or not published.
SELECT u FROM verdigris.uncovered($1::text::name) u ORDER BY 1
