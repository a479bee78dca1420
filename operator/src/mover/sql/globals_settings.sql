-- Statements for what belongs to the server and is of database $1: settings of roles and of the database, owner, rights, comment; $2: prefix of our own roles.
-- Lists of names are stored quoted, so they are not quoted again.
WITH settings AS (
  SELECT r.rolname, d.datname, pg_catalog.split_part(c, '=', 1) AS name, pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1) AS value
  FROM pg_catalog.pg_db_role_setting s LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase, pg_catalog.unnest(s.setconfig) c
  WHERE (s.setdatabase = 0 OR d.datname = $1) AND (s.setrole = 0 OR NOT pg_catalog.starts_with(r.rolname, $2))
)
SELECT statement FROM (
  SELECT 1 AS pass, pg_catalog.concat('ALTER ', CASE WHEN rolname IS NULL THEN pg_catalog.format('DATABASE %I', datname) ELSE pg_catalog.format('ROLE %I', rolname) END,
      CASE WHEN rolname IS NOT NULL AND datname IS NOT NULL THEN pg_catalog.format(' IN DATABASE %I', datname) END,
      ' SET ', (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(p), '.' ORDER BY o) FROM pg_catalog.unnest(pg_catalog.string_to_array(name, '.')) WITH ORDINALITY u (p, o)), ' TO ',
      CASE WHEN pg_catalog.lower(name) NOT IN ('search_path', 'local_preload_libraries', 'session_preload_libraries', 'shared_preload_libraries', 'temp_tablespaces', 'unix_socket_directories')
        THEN pg_catalog.quote_literal(value) WHEN value = '' THEN '''''' ELSE value END) AS statement
    FROM settings
  UNION ALL SELECT 2, pg_catalog.format('ALTER DATABASE %I OWNER TO %I', d.datname, r.rolname)
    FROM pg_catalog.pg_database d JOIN pg_catalog.pg_roles r ON r.oid = d.datdba WHERE d.datname = $1
  UNION ALL SELECT 3, pg_catalog.format('REVOKE ALL ON DATABASE %I FROM PUBLIC', d.datname) FROM pg_catalog.pg_database d WHERE d.datname = $1 AND d.datacl IS NOT NULL
  UNION ALL SELECT 4, pg_catalog.format('GRANT %s ON DATABASE %I TO %s%s', a.privilege_type, d.datname,
      CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(r.rolname) END, CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM pg_catalog.pg_database d, pg_catalog.aclexplode(d.datacl) a LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
    WHERE d.datname = $1 AND (a.grantee = 0 OR NOT pg_catalog.starts_with(r.rolname, $2))
  UNION ALL SELECT 5, pg_catalog.format('ALTER DATABASE %I CONNECTION LIMIT %s', d.datname, d.datconnlimit) FROM pg_catalog.pg_database d WHERE d.datname = $1 AND d.datconnlimit > 0
  UNION ALL SELECT 6, pg_catalog.format('COMMENT ON DATABASE %I IS %L', d.datname, pg_catalog.shobj_description(d.oid, 'pg_database'))
    FROM pg_catalog.pg_database d WHERE d.datname = $1 AND pg_catalog.shobj_description(d.oid, 'pg_database') IS NOT NULL
  UNION ALL SELECT 7, pg_catalog.format('GRANT %s ON PARAMETER %s TO %s%s', a.privilege_type, p.parname, CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(r.rolname) END,
      CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM pg_catalog.pg_parameter_acl p, pg_catalog.aclexplode(p.paracl) a LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
    WHERE a.grantee = 0 OR NOT pg_catalog.starts_with(r.rolname, $2)
) s ORDER BY pass, statement
