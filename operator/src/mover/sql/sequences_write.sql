-- Ceilings: ahead of the other side by a margin, never back. Where the margin would eat more than a hundredth of what is left, exactly its value.
SELECT count(pg_catalog.setval(here.rel, CASE WHEN there.lead > 0 THEN greatest(there.target, here.last) ELSE least(there.target, here.last) END))
FROM (SELECT s.schema, s.relation, s.lead, CASE WHEN pg_catalog.abs(s.lead::numeric) > pg_catalog.abs((CASE WHEN s.lead > 0 THEN s.high ELSE s.low END)::numeric - s.last) / 100 THEN s.last ELSE s.last + s.lead END AS target
  FROM pg_catalog.jsonb_to_recordset($1::jsonb) AS s (schema text, relation text, last bigint, lead bigint, low bigint, high bigint)) there
JOIN (SELECT v.schema, v.relation, v.name::regclass AS rel, v.last FROM verdigris.sequences v) here ON here.schema = there.schema AND here.relation = there.relation
