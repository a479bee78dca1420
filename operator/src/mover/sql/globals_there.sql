-- Roles of this server, for the other one to compare with: whether they have a password, never which.
SELECT pg_catalog.jsonb_agg(pg_catalog.to_jsonb(r) || pg_catalog.jsonb_build_object('rolpassword', CASE WHEN r.rolpassword IS NOT NULL THEN 'set' END)) AS roles FROM pg_catalog.pg_authid r
