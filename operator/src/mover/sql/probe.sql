-- Two servers that answer alike hash alike: one value of every type that is hashed as it is, and text.
SELECT pg_catalog.hash_record_extended(ROW(true, '\x00ff'::bytea, 'c'::"char", 'n'::name, 1::int2, -2::int4, 3000000000::int8, 'ä€𐍈'::text, 7::oid,
  '6ecd8c99-4036-403d-bf84-cf8400f67836'::uuid, '2024-02-29'::date, '23:59:60'::time, '1999-12-31 23:59:59.999999'::timestamp,
  '-infinity'::timestamptz, 'v'::varchar, 'b'::bpchar, '192.168.0.1/24'::inet, '10.0.0.0/8'::cidr, '08:00:2b:01:02:03'::macaddr,
  '08:00:2b:01:02:03:04:05'::macaddr8, '16/B374D848'::pg_lsn, NULL::text), 0)::text AS hash
