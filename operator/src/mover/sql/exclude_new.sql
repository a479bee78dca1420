-- Tables that migrations made are green's alone: not carried back.
INSERT INTO verdigris.excluded (name, reason)
SELECT t.name, 'green-only' FROM verdigris.tables t
WHERE t.carried AND t.rel::oid::bigint <> ALL (SELECT (e ->> 'oid')::bigint FROM verdigris.catalog c, pg_catalog.jsonb_array_elements(c.body -> 'tables') e WHERE c.taken = 'before')
ON CONFLICT DO NOTHING
