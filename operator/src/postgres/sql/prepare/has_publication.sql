-- Looks for a publication.
SELECT EXISTS (SELECT FROM pg_catalog.pg_publication WHERE pubname = $1)
