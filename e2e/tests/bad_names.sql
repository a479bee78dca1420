-- Names and values that trip careless code. Runs as the owner, in an empty database.
CREATE SCHEMA "S p a c e";
CREATE SCHEMA "UPPER";
CREATE TYPE "UPPER"."eNum" AS ENUM ('a''b', 'c"d', '日本', '');
CREATE TABLE "S p a c e"."T""able" (
  "I D" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "c,o'l" text,
  "select" "UPPER"."eNum" DEFAULT 'a''b',
  "größe {}" numeric
);
CREATE TABLE "UPPER"."0123456789012345678901234567890123456789012345678901234567890ab" ("0123456789012345678901234567890123456789012345678901234567890ab" int PRIMARY KEY);
CREATE INDEX "i'n""dex %s" ON "S p a c e"."T""able" ("c,o'l") WHERE "größe {}" > 0;
CREATE SEQUENCE "UPPER"."s.e.q" AS smallint MAXVALUE 32767;
SELECT setval('"UPPER"."s.e.q"', 100);
CREATE TABLE public."select" (
  id bigint PRIMARY KEY, small smallint, whole int, num numeric, real8 float8, real4 float4, t text, b bytea,
  ts timestamptz, d date, iv interval, j jsonb, a text[], r int8range, bits bit varying, inet inet, u uuid, bool bool
);
INSERT INTO public."select" VALUES
  (9223372036854775807, 32767, 2147483647, 'NaN', 'Infinity', '-Infinity', E'\\.\ttab\nline\r\\N', '\x00ff', 'infinity', 'infinity',
   '178000000 years', '{"a": "\u00e9", "n": 12345678901234567890.123}', '{NULL,"","a,b","\"q\""}', '[1,)', B'101', '::1/128', 'ffffffff-ffff-ffff-ffff-ffffffffffff', true),
  (-9223372036854775808, -32768, -2147483648, 0.00000000000000000001, -0.0, 1e-37, '', '', '-infinity', '4713-12-01 BC',
   '-1 mons +1 day -00:00:00.000001', 'null', '{}', 'empty', '', '10.0.0.0/8', '00000000-0000-0000-0000-000000000000', false),
  (0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "S p a c e"."T""able" ("c,o'l", "select", "größe {}") SELECT 'row ' || i, (enum_range(NULL::"UPPER"."eNum"))[1 + i % 4], i FROM generate_series(1, 50) i;
INSERT INTO "UPPER"."0123456789012345678901234567890123456789012345678901234567890ab" VALUES (1);
