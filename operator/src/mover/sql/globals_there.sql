-- Roles of this server, for the other one to compare with.
SELECT pg_catalog.jsonb_agg(pg_catalog.to_jsonb(r)) AS roles FROM pg_catalog.pg_authid r
