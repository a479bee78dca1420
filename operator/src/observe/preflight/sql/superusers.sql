-- Roles that are superusers or may become one by SET ROLE.
SELECT pg_catalog.to_jsonb(r.rolname) FROM pg_catalog.pg_roles r
WHERE EXISTS (SELECT FROM pg_catalog.pg_roles s WHERE s.rolsuper AND pg_catalog.pg_has_role(r.oid, s.oid, 'MEMBER')) ORDER BY r.rolname;
