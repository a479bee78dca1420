-- A schema with every common kind of object, and names that need care.
CREATE ROLE "App ""reader""" NOLOGIN;
CREATE ROLE "App user" LOGIN PASSWORD 'user secret' CONNECTION LIMIT 7 IN ROLE "App ""reader""";
ALTER ROLE "App user" SET search_path TO "Odd schema", public;
ALTER ROLE "App user" IN DATABASE "Shop ""1""" SET work_mem TO '8MB';
ALTER DATABASE "Shop ""1""" SET "app.tenant" TO 'a ''quoted'' one';
REVOKE ALL ON DATABASE "Shop ""1""" FROM PUBLIC;
GRANT CONNECT ON DATABASE "Shop ""1""" TO "App user";
CREATE EXTENSION citext;
CREATE EXTENSION hstore;
CREATE SCHEMA "Odd schema" AUTHORIZATION "Shop owner";
SET ROLE "Shop owner";
SET search_path = "Odd schema", public;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'it''s "fine"');
CREATE TYPE pair AS (a int, m mood);
CREATE DOMAIN positive AS numeric(12, 2) CHECK (VALUE > 0);
CREATE DOMAIN moods AS mood[];
CREATE TYPE floatrange AS RANGE (subtype = float8);
CREATE SEQUENCE counter INCREMENT 5 CACHE 20;
CREATE SEQUENCE down INCREMENT -1;
CREATE SEQUENCE small AS smallint MAXVALUE 100;
CREATE SEQUENCE untouched;
CREATE FUNCTION twice(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT i * 2';
CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TABLE "every type; -- really" (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, small smallserial, "Select" text NOT NULL DEFAULT 'x', b bool, r real, d double precision, n numeric, m money,
  c char(5), v varchar(10), u uuid, by bytea, j json, jb jsonb, x xml, ts timestamp, tz timestamptz, da date, ti time, tt timetz, iv interval,
  bits bit(5), vb bit varying, inet inet, cidr cidr, mac macaddr, pt point, po polygon, tsv tsvector, tsq tsquery, ir int4range, nr numrange, mr int4multirange, fr floatrange,
  ints int[], texts text[][], mo mood, mos mood[], mod moods, pa pair, pas pair[], pos positive, rc regclass, rt regtype, ci citext, hs hstore, o oid, lsn pg_lsn,
  gen int GENERATED ALWAYS AS (small * 2) STORED, gen2 text GENERATED ALWAYS AS (upper("Select")) STORED, "tab	and
newline" text);
INSERT INTO "every type; -- really" (b, r, d, n, m, c, v, u, by, j, jb, x, ts, tz, da, ti, tt, iv, bits, vb, inet, cidr, mac, pt, po, tsv, tsq, ir, nr, mr, fr, ints, texts, mo, mos, mod, pa, pas, pos, rc, rt, ci, hs, o, lsn, "tab	and
newline", "Select")
SELECT i % 2 = 0, i / 3.0, CASE i % 5 WHEN 0 THEN 'NaN' WHEN 1 THEN '-0' WHEN 2 THEN 'Infinity' ELSE i * 1.1e10::float8 END, CASE i % 4 WHEN 0 THEN 'NaN' WHEN 1 THEN 1.10 WHEN 2 THEN 1e300 ELSE -i END, (i * 1.25)::money,
  'ab', 'ÄÖ' || i, md5(i::text)::uuid, decode(md5(i::text), 'hex'), '{"a": 1.00, "a": 2}', '{"k": [1.0, null, "ü"]}', '<a b="c">d</a>', 'infinity', CASE i % 2 WHEN 0 THEN '-infinity' ELSE '2024-02-29 12:00:00.000001+02' END::timestamptz,
  '0044-03-15 BC', '23:59:60', '12:00+13:45', CASE i % 2 WHEN 0 THEN '1 mon' ELSE '30 days 00:00:00.1' END::interval, B'10101', B'1', '::1/64', '10.1.0.0/16', '08:00:2b:01:02:03', point(i, 0.1), '((0,0),(1,1),(1,0))',
  to_tsvector('simple', 'a fat cat'), 'fat & cat', int4range(i, i + 5), numrange(NULL, 5.50), '{[1,3), [5,7)}', floatrange(0.1, NULL), ARRAY[1, NULL, i], ARRAY[['a', 'b'], ['c,', E'd"\\']], 'it''s "fine"', ARRAY['ok', 'sad']::mood[],
  ARRAY['ok']::mood[], ROW(i, 'ok'::mood)::pair, ARRAY['(1,sad)']::pair[], i, 'pg_class'::regclass, 'mood'::regtype, 'CiText', 'a=>1, b=>NULL'::hstore, i::oid, '16/B374D848', E'tab\tnewline\nback\\slash', repeat('long ', i * 200)
FROM generate_series(1, 50) i;
CREATE TABLE parts (region text NOT NULL, at date NOT NULL, n int, PRIMARY KEY (region, at, n)) PARTITION BY LIST (region);
CREATE TABLE "parts Eu" PARTITION OF parts FOR VALUES IN ('eu') PARTITION BY RANGE (at);
CREATE TABLE parts_eu_24 PARTITION OF "parts Eu" FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE parts_eu_rest PARTITION OF "parts Eu" DEFAULT;
CREATE TABLE parts_us (n int NOT NULL, at date NOT NULL, extra_first int, region text NOT NULL);
ALTER TABLE parts_us DROP COLUMN extra_first;
ALTER TABLE parts ATTACH PARTITION parts_us FOR VALUES IN ('us');
CREATE INDEX ON parts (n);
INSERT INTO parts SELECT CASE i % 2 WHEN 0 THEN 'eu' ELSE 'us' END, '2024-06-01'::date + i, i FROM generate_series(1, 500) i;
CREATE TABLE owner (id int PRIMARY KEY, boss int REFERENCES owner DEFERRABLE INITIALLY DEFERRED);
INSERT INTO owner SELECT i, nullif(i - 1, 0) FROM generate_series(1, 100) i;
CREATE TABLE thing (id serial PRIMARY KEY, owner int NOT NULL REFERENCES owner ON DELETE CASCADE, e text, during tstzrange, amount int, UNIQUE (owner, e));
INSERT INTO thing (owner, e, amount) SELECT i, 'e' || i, i FROM generate_series(1, 100) i;
ALTER TABLE thing ADD CONSTRAINT "amount ok" CHECK (amount > 0) NOT VALID;
CREATE INDEX "thing lower" ON thing (lower(e)) INCLUDE (amount) WHERE amount > 5;
CREATE INDEX ON thing USING gin (to_tsvector('simple', e));
CREATE STATISTICS thing_stats ON owner, amount FROM thing;
CREATE TRIGGER audit AFTER INSERT OR UPDATE ON thing FOR EACH ROW EXECUTE FUNCTION audit();
ALTER TABLE thing ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON thing FOR SELECT TO "App user" USING (amount < 50);
COMMENT ON TABLE thing IS 'a thing; it''s "ours"';
COMMENT ON INDEX "thing lower" IS 'an index';
GRANT SELECT, INSERT ON thing TO "App user";
GRANT SELECT (id) ON owner TO "App ""reader""";
CREATE TABLE full_identity (a int, b text);
ALTER TABLE full_identity REPLICA IDENTITY FULL;
INSERT INTO full_identity VALUES (1, 'same'), (1, 'same'), (NULL, NULL);
CREATE TABLE by_index (a int NOT NULL, b text);
CREATE UNIQUE INDEX by_index_a ON by_index (a);
ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_a;
INSERT INTO by_index SELECT i, 'v' FROM generate_series(1, 10) i;
CREATE TABLE no_columns ();
INSERT INTO no_columns SELECT FROM generate_series(1, 3);
CREATE TABLE inherited () INHERITS (owner);
INSERT INTO inherited VALUES (1000, 1);
CREATE UNLOGGED TABLE scratch (i int);
INSERT INTO scratch VALUES (1);
CREATE VIEW people AS SELECT id, count(*) AS n FROM owner GROUP BY id;
CREATE VIEW by_key AS SELECT o.*, t.e FROM owner o JOIN thing t ON t.owner = o.id GROUP BY o.id, t.id;
CREATE MATERIALIZED VIEW "second view" AS SELECT 1 AS i;
CREATE MATERIALIZED VIEW a_sum AS SELECT sum(amount) AS s, (SELECT max(i) FROM "second view") AS i FROM thing;
CREATE MATERIALIZED VIEW keyed AS SELECT o.*, count(*) FROM owner o GROUP BY o.id;
CREATE UNIQUE INDEX keyed_i ON keyed (id);
CREATE MATERIALIZED VIEW empty_view AS SELECT 1 AS one WITH NO DATA;
CREATE TABLE "ÄÖÜ 漢字 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" ("ß" int PRIMARY KEY);
INSERT INTO "ÄÖÜ 漢字 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" VALUES (1);
CREATE RULE notify AS ON UPDATE TO by_index DO ALSO NOTIFY changed;
SELECT nextval('counter'), nextval('counter'), nextval('down'), setval('small', 95);
RESET ROLE;
RESET search_path;
ALTER DEFAULT PRIVILEGES FOR ROLE "Shop owner" GRANT SELECT ON TABLES TO "App user";
CREATE FUNCTION public.ddl_audit() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; END $$;
CREATE EVENT TRIGGER user_audit ON ddl_command_end EXECUTE FUNCTION public.ddl_audit();
CREATE PUBLICATION users_own FOR TABLE "Odd schema".thing;
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER nowhere;
CREATE FOREIGN TABLE public.remote (i int) SERVER elsewhere;
