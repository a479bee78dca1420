-- How the rows of table $1 are copied and hashed: list of columns, whether COPY may be binary, and the row as the hash sees it.
-- Binary only where no oid of this server travels: built-in types but reg*, and enums (sent as labels). Arrays and rows of made types carry oids.
-- Names are always quoted: what is a keyword differs between majors.
-- Hashed as they are: types whose equality is identity. All others by their text, so that 1.0 and 1.00, or 1 mon and 30 days, differ.
WITH RECURSIVE domains (oid, base) AS (
  SELECT atttypid, atttypid FROM pg_catalog.pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped
  UNION SELECT d.oid, t.typbasetype FROM domains d JOIN pg_catalog.pg_type t ON t.oid = d.base WHERE t.typtype = 'd'
), columns AS (
  SELECT a.attnum, pg_catalog.concat('"', pg_catalog.replace(a.attname, '"', '""'), '"') AS ident, a.attgenerated, a.attname::text COLLATE "C" AS attname,
    t.typsend <> 0 AND t.typreceive <> 0 AND (t.typtype = 'e' OR (t.oid < 16384 AND t.typtype IN ('b', 'r', 'm')
      AND t.typname !~ '^_?reg' AND coalesce(e.typsend, 1) <> 0)) AS travels,
    t.typname IN ('bool', 'bytea', 'char', 'name', 'int2', 'int4', 'int8', 'text', 'oid', 'uuid', 'date', 'time', 'timestamp', 'timestamptz',
      'varchar', 'bpchar', 'inet', 'cidr', 'macaddr', 'macaddr8', 'pg_lsn') AND t.oid < 16384 AS plain,
    NOT coalesce(l.collisdeterministic, true) AS loose
  FROM pg_catalog.pg_attribute a JOIN domains d ON d.oid = a.atttypid JOIN pg_catalog.pg_type t ON t.oid = d.base AND t.typtype <> 'd'
    LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typelem <> 0 AND t.typcategory = 'A' LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
  WHERE a.attrelid = $1::text::regclass AND a.attnum > 0 AND NOT a.attisdropped
)
SELECT coalesce(pg_catalog.string_agg(ident, ', ' ORDER BY attnum) FILTER (WHERE attgenerated = ''), '') AS columns,
  coalesce(pg_catalog.bool_and(travels) FILTER (WHERE attgenerated = ''), true) AS "binary",
  coalesce(pg_catalog.string_agg(ident || CASE WHEN NOT plain THEN '::text' WHEN loose THEN ' COLLATE "C"' ELSE '' END, ', ' ORDER BY attname)
    FILTER (WHERE attgenerated <> 'v'), '') AS row
FROM columns
