-- Where the sequences of this side stand.
SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(s)), '[]') AS rows FROM verdigris.sequences s WHERE s.last IS NOT NULL
