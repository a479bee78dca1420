-- Schemas, extensions and types of the shop. Runs as the owner of the database.
-- In psql: psql -v ON_ERROR_STOP=1 -v rows=200000 -f 10_types.sql -f 20_tables.sql -f 30_code.sql -f 40_data.sql -f 50_after.sql
CREATE EXTENSION IF NOT EXISTS citext;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE SCHEMA shop;
CREATE SCHEMA "Back Office";
CREATE SCHEMA "größe";
COMMENT ON SCHEMA shop IS 'what customers see; ''quoted'' — and unicode';
CREATE TYPE shop.order_state AS ENUM ('new', 'paid', 'sent', 'returned');
CREATE DOMAIN shop.cents AS bigint CHECK (VALUE >= 0);
CREATE TYPE shop.address AS (street text, city text, zip text);
