-- Statements that make the roles of this server exist elsewhere; $1: roles that exist there (objects of pg_authid), $2: prefix of our own.
-- A role that exists there keeps what it has and gains what it lacks; its password is set only if it has none.
WITH roles AS (
  SELECT r.*, t.there FROM pg_catalog.pg_authid r
    LEFT JOIN LATERAL (SELECT e AS there FROM pg_catalog.jsonb_array_elements($1::jsonb) e WHERE e ->> 'rolname' = r.rolname) t ON true
  WHERE NOT pg_catalog.starts_with(r.rolname, 'pg_') AND NOT pg_catalog.starts_with(r.rolname, $2)
), attributes AS (
  SELECT r.rolname, r.there, pg_catalog.concat_ws(' ',
    CASE WHEN r.rolsuper AND NOT coalesce((there ->> 'rolsuper')::bool, false) THEN 'SUPERUSER' END,
    CASE WHEN there IS NULL THEN CASE WHEN r.rolinherit THEN 'INHERIT' ELSE 'NOINHERIT' END END,
    CASE WHEN r.rolcreaterole AND NOT coalesce((there ->> 'rolcreaterole')::bool, false) THEN 'CREATEROLE' END,
    CASE WHEN r.rolcreatedb AND NOT coalesce((there ->> 'rolcreatedb')::bool, false) THEN 'CREATEDB' END,
    CASE WHEN r.rolcanlogin AND NOT coalesce((there ->> 'rolcanlogin')::bool, false) THEN 'LOGIN' END,
    CASE WHEN r.rolreplication AND NOT coalesce((there ->> 'rolreplication')::bool, false) THEN 'REPLICATION' END,
    CASE WHEN r.rolbypassrls AND NOT coalesce((there ->> 'rolbypassrls')::bool, false) THEN 'BYPASSRLS' END,
    CASE WHEN there IS NULL AND r.rolconnlimit <> -1 THEN 'CONNECTION LIMIT ' || r.rolconnlimit END,
    CASE WHEN r.rolpassword IS NOT NULL AND there ->> 'rolpassword' IS NULL THEN pg_catalog.format('PASSWORD %L', r.rolpassword) END,
    CASE WHEN there IS NULL AND r.rolvaliduntil IS NOT NULL THEN pg_catalog.format('VALID UNTIL %L', r.rolvaliduntil) END) AS words
  FROM roles r
)
SELECT statement FROM (
  SELECT 1 AS pass, pg_catalog.format('%s ROLE %I%s', CASE WHEN there IS NULL THEN 'CREATE' ELSE 'ALTER' END, rolname, ' WITH ' || words) AS statement
    FROM attributes WHERE words <> ''
  UNION ALL SELECT 2, pg_catalog.format('GRANT %I TO %I%s', g.rolname, m.rolname, CASE
      WHEN pg_catalog.to_jsonb(a) ? 'set_option' THEN pg_catalog.format(' WITH ADMIN %s, INHERIT %s, SET %s', a.admin_option::text, pg_catalog.to_jsonb(a) ->> 'inherit_option', pg_catalog.to_jsonb(a) ->> 'set_option')
      WHEN a.admin_option THEN ' WITH ADMIN OPTION' ELSE '' END)
    FROM pg_catalog.pg_auth_members a JOIN pg_catalog.pg_roles g ON g.oid = a.roleid JOIN pg_catalog.pg_roles m ON m.oid = a.member
    WHERE NOT pg_catalog.starts_with(m.rolname, 'pg_') AND NOT pg_catalog.starts_with(m.rolname, $2) AND NOT pg_catalog.starts_with(g.rolname, $2)
  UNION ALL SELECT 3, pg_catalog.format('COMMENT ON ROLE %I IS %L', r.rolname, pg_catalog.shobj_description(r.oid, 'pg_authid'))
    FROM roles r WHERE pg_catalog.shobj_description(r.oid, 'pg_authid') IS NOT NULL
) s ORDER BY pass, statement
