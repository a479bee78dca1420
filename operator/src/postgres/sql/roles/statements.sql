-- Statements that make the objects $1 on another server as they are here; $2: roles that it has; $3: whether both know options of
-- memberships, $4: whether it does. Answers hold verifiers of passwords, as they are: for the other server alone.
WITH parts (pass, object, statement) AS (
  SELECT 1, pg_catalog.concat('role ', pg_catalog.quote_ident(rolname)), pg_catalog.format('%s ROLE %I WITH %s', CASE WHEN rolname::text = ANY ($2::text[]) THEN 'ALTER' ELSE 'CREATE' END, rolname,
    pg_catalog.concat_ws(' ',
      CASE WHEN rolsuper THEN 'SUPERUSER' ELSE 'NOSUPERUSER' END, CASE WHEN rolinherit THEN 'INHERIT' ELSE 'NOINHERIT' END,
      CASE WHEN rolcreaterole THEN 'CREATEROLE' ELSE 'NOCREATEROLE' END, CASE WHEN rolcreatedb THEN 'CREATEDB' ELSE 'NOCREATEDB' END,
      CASE WHEN rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END, CASE WHEN rolreplication THEN 'REPLICATION' ELSE 'NOREPLICATION' END,
      CASE WHEN rolbypassrls THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END, 'CONNECTION LIMIT', rolconnlimit, 'PASSWORD', pg_catalog.quote_nullable(rolpassword), 'VALID UNTIL',
      pg_catalog.quote_literal(CASE WHEN pg_catalog.isfinite(rolvaliduntil) THEN pg_catalog.to_char(rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US+00') ELSE coalesce(rolvaliduntil::text, 'infinity') END)))
  FROM pg_catalog.pg_authid
  UNION ALL SELECT 2, pg_catalog.concat('membership of ', pg_catalog.quote_ident(m.rolname), ' in ', pg_catalog.quote_ident(g.rolname)),
    pg_catalog.concat(
      CASE WHEN NOT $4::bool AND NOT pg_catalog.bool_or(a.admin_option) THEN pg_catalog.format('REVOKE ADMIN OPTION FOR %I FROM %I; ', g.rolname, m.rolname) END,
      pg_catalog.format('GRANT %I TO %I', g.rolname, m.rolname),
      CASE WHEN $3::bool THEN pg_catalog.format(' WITH ADMIN %s, INHERIT %s, SET %s', pg_catalog.bool_or(a.admin_option)::text,
        pg_catalog.bool_or((pg_catalog.to_jsonb(a) ->> 'inherit_option')::bool)::text, pg_catalog.bool_or((pg_catalog.to_jsonb(a) ->> 'set_option')::bool)::text)
        WHEN $4::bool THEN pg_catalog.format(' WITH ADMIN %s', pg_catalog.bool_or(a.admin_option)::text)
        WHEN pg_catalog.bool_or(a.admin_option) THEN ' WITH ADMIN OPTION' END)
  FROM pg_catalog.pg_auth_members a JOIN pg_catalog.pg_roles m ON m.oid = a.member JOIN pg_catalog.pg_roles g ON g.oid = a.roleid GROUP BY m.rolname, g.rolname
)
SELECT statement FROM parts WHERE object = ANY ($1::text[]) ORDER BY pass, statement
