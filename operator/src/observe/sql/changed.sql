-- Objects of this side that came, went or changed since $1, names to hashes, was taken; at most ten.
SELECT coalesce(now.name, was.key) FROM verdigris.objects() now FULL JOIN pg_catalog.jsonb_each_text($1) was ON was.key = now.name
WHERE now.hash::text IS DISTINCT FROM was.value ORDER BY 1 LIMIT 10
