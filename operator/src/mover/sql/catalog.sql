-- The catalog as classification reads it: identities that survive renames, and everything that carried tables depend on.
WITH tables AS (
  SELECT c.*, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'verdigris') AND n.nspname NOT LIKE 'pg\_%'
), carried AS (
  SELECT t.oid FROM tables t WHERE (t.relkind = 'p' OR EXISTS (SELECT FROM verdigris.tables v WHERE v.rel = t.oid AND v.carried))
    AND NOT EXISTS (SELECT FROM verdigris.excluded e WHERE e.name = t.name)
), called AS (
  SELECT DISTINCT t.oid AS rel, d.refobjid AS proc FROM tables t
    JOIN LATERAL (SELECT 'pg_catalog.pg_attrdef'::regclass AS class, a.oid FROM pg_catalog.pg_attrdef a WHERE a.adrelid = t.oid
      UNION ALL SELECT 'pg_catalog.pg_constraint'::regclass, c.oid FROM pg_catalog.pg_constraint c WHERE c.conrelid = t.oid
      UNION ALL SELECT 'pg_catalog.pg_class'::regclass, i.indexrelid FROM pg_catalog.pg_index i WHERE i.indrelid = t.oid) o ON true
    JOIN pg_catalog.pg_depend d ON d.classid = o.class AND d.objid = o.oid AND d.refclassid = 'pg_catalog.pg_proc'::regclass
)
SELECT pg_catalog.jsonb_build_object(
  'tables', (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
      'oid', t.oid::bigint, 'name', t.name, 'kind', t.relkind, 'carried', t.oid IN (SELECT oid FROM carried), 'filled', false,
      'owner', pg_catalog.pg_get_userbyid(t.relowner), 'persistence', t.relpersistence, 'identity', t.relreplident,
      'security', pg_catalog.concat(t.relrowsecurity, '/', t.relforcerowsecurity),
      'parents', (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.concat_ws(' ', i.inhparent::bigint, pg_catalog.pg_get_expr(t.relpartbound, t.oid)) ORDER BY i.inhseqno), '[]') FROM pg_catalog.pg_inherits i WHERE i.inhrelid = t.oid),
      'columns', (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
          'num', a.attnum, 'name', a.attname,
          'type', pg_catalog.concat_ws(' COLLATE ', pg_catalog.format_type(a.atttypid, a.atttypmod), CASE WHEN a.attcollation <> y.typcollation THEN a.attcollation::regcollation::text END),
          'domain', y.typtype = 'd', 'required', a.attnotnull, 'default', pg_catalog.pg_get_expr(d.adbin, d.adrelid), 'identity', a.attidentity, 'generated', a.attgenerated) ORDER BY a.attnum), '[]')
        FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type y ON y.oid = a.atttypid LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped),
      'constraints', (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
          'oid', c.oid::bigint, 'name', c.conname, 'type', c.contype, 'def', pg_catalog.pg_get_constraintdef(c.oid), 'validated', c.convalidated, 'target', nullif(c.confrelid, 0)::bigint) ORDER BY c.oid), '[]')
        FROM pg_catalog.pg_constraint c WHERE c.conrelid = t.oid AND c.contype <> 'n'),
      'indexes', (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
          'oid', i.indexrelid::bigint, 'name', i.indexrelid::regclass::text, 'def', pg_catalog.pg_get_indexdef(i.indexrelid), 'unique', i.indisunique, 'identity', i.indisreplident, 'valid', i.indisvalid) ORDER BY i.indexrelid), '[]')
        FROM pg_catalog.pg_index i WHERE i.indrelid = t.oid AND (i.indisreplident OR NOT EXISTS (SELECT FROM pg_catalog.pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x')))),
      'triggers', (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('oid', g.oid::bigint, 'name', g.tgname, 'def', pg_catalog.concat(pg_catalog.pg_get_triggerdef(g.oid), ' (', g.tgenabled, ')')) ORDER BY g.oid), '[]')
        FROM pg_catalog.pg_trigger g WHERE g.tgrelid = t.oid AND NOT g.tgisinternal AND g.tgname <> 'verdigris_gate'),
      'rules', (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('oid', r.oid::bigint, 'name', r.rulename, 'def', pg_catalog.concat(pg_catalog.pg_get_ruledef(r.oid), ' (', r.ev_enabled, ')')) ORDER BY r.oid), '[]')
        FROM pg_catalog.pg_rewrite r WHERE r.ev_class = t.oid),
      'policies', (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('oid', p.oid::bigint, 'name', p.polname,
          'def', pg_catalog.concat_ws(' / ', p.polcmd, p.polpermissive, p.polroles, pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))) ORDER BY p.oid), '[]')
        FROM pg_catalog.pg_policy p WHERE p.polrelid = t.oid),
      'functions', (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('oid', f.oid::bigint, 'name', f.oid::regprocedure::text, 'def', pg_catalog.md5(pg_catalog.concat_ws('/', f.prosrc, f.prosqlbody, f.probin, f.prolang, f.provolatile, f.proconfig))) ORDER BY f.oid), '[]')
        FROM called d JOIN pg_catalog.pg_proc f ON f.oid = d.proc WHERE d.rel = t.oid)
    ) ORDER BY t.oid), '[]') FROM tables t),
  'sequences', (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('oid', c.oid::bigint, 'name', pg_catalog.format('%I.%I', n.nspname, c.relname),
      'def', pg_catalog.concat_ws(' ', s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle,
        (SELECT pg_catalog.string_agg(pg_catalog.concat_ws('/', d.refobjid::bigint, d.refobjsubid, d.deptype), ' ') FROM pg_catalog.pg_depend d
         WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i')))) ORDER BY c.oid), '[]')
    FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname <> 'verdigris' AND c.relpersistence <> 't'),
  'enums', (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('oid', t.oid::bigint, 'name', pg_catalog.format('%I.%I', n.nspname, t.typname),
      'def', (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid)) ORDER BY t.oid), '[]')
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype = 'e'),
  'domains', (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('oid', t.oid::bigint, 'name', pg_catalog.format('%I.%I', n.nspname, t.typname),
      'def', pg_catalog.concat_ws(' ', pg_catalog.format_type(t.typbasetype, t.typtypmod), CASE WHEN t.typnotnull THEN 'NOT NULL' END, t.typdefault,
        (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', c.conname, pg_catalog.pg_get_constraintdef(c.oid), c.convalidated), ' ' ORDER BY c.oid) FROM pg_catalog.pg_constraint c WHERE c.contypid = t.oid))) ORDER BY t.oid), '[]')
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype = 'd' AND n.nspname NOT IN ('pg_catalog', 'information_schema')),
  'composites', (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('oid', c.oid::bigint, 'name', pg_catalog.format('%I.%I', n.nspname, c.relname),
      'def', (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)) ORDER BY c.oid), '[]')
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'c' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'verdigris')),
  'extensions', (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('oid', e.oid::bigint, 'name', e.extname, 'def', e.extversion) ORDER BY e.oid), '[]') FROM pg_catalog.pg_extension e),
  'event_triggers', (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('oid', e.oid::bigint, 'name', e.evtname, 'def', pg_catalog.concat(e.evtevent, ' ', e.evtenabled)) ORDER BY e.oid), '[]')
    FROM pg_catalog.pg_event_trigger e WHERE e.evtname <> 'verdigris_ddl' AND e.evtenabled IN ('A', 'R'))
) AS catalog
