-- Declared exclusions of this side.
SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(e)), '[]') AS rows FROM verdigris.excluded e
