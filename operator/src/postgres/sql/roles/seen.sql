-- Roles of this server and what they are members of, by name, with a hash of what they are; $1: a word that only this look knows,
-- so that no hash can be looked up; $2: roles that are left out; $3: whether both servers know options of memberships (16 and later).
WITH mine AS (
  SELECT r.* FROM pg_catalog.pg_authid r
  WHERE NOT pg_catalog.starts_with(r.rolname, 'pg_') AND NOT pg_catalog.starts_with(r.rolname, 'verdigris_') AND r.rolname::text <> ALL ($2::text[])
), parts (object, body) AS (
  SELECT pg_catalog.concat('role ', pg_catalog.quote_ident(rolname)), pg_catalog.concat_ws('/', rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication,
    rolbypassrls, rolconnlimit, EXTRACT(epoch FROM coalesce(rolvaliduntil, 'infinity')), coalesce(rolpassword, ''))
  FROM mine
  UNION ALL SELECT pg_catalog.concat('membership of ', pg_catalog.quote_ident(m.rolname), ' in ', pg_catalog.quote_ident(g.rolname)),
    pg_catalog.concat_ws('/', pg_catalog.bool_or(a.admin_option), CASE WHEN $3::bool THEN pg_catalog.concat(
      pg_catalog.bool_or((pg_catalog.to_jsonb(a) ->> 'inherit_option')::bool), pg_catalog.bool_or((pg_catalog.to_jsonb(a) ->> 'set_option')::bool)) END)
  FROM pg_catalog.pg_auth_members a JOIN mine m ON m.oid = a.member JOIN pg_catalog.pg_roles g ON g.oid = a.roleid
  WHERE NOT pg_catalog.starts_with(g.rolname, 'verdigris_') GROUP BY m.rolname, g.rolname
)
SELECT object, pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.concat($1::text, '/', body), 'UTF8')), 'hex') FROM parts ORDER BY object
