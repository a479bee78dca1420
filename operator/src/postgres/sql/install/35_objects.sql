-- Everything of this database that a dump of its schema would carry, by name, with a hash of what it is: compared with what was
-- there when it was cloned, it names what changed since. Read outside the hold only: it asks for every definition.
CREATE FUNCTION verdigris.objects() RETURNS TABLE (name text, hash bigint) LANGUAGE sql STABLE SET search_path = '' AS $$
  WITH spaces AS (SELECT n.* FROM pg_catalog.pg_namespace n WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'verdigris') AND NOT starts_with(nspname, 'pg_toast') AND NOT starts_with(nspname, 'pg_temp')),
  rels AS (SELECT c.*, format('%I.%I', n.nspname, relname) AS called FROM pg_catalog.pg_class c JOIN spaces n ON n.oid = relnamespace WHERE relpersistence <> 't'),
  parts (name, body) AS (
    SELECT 'schema ' || quote_ident(nspname), concat_ws('/', nspowner, nspacl) FROM spaces
    UNION ALL SELECT CASE relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view ' WHEN 'S' THEN 'sequence ' WHEN 'c' THEN 'type ' ELSE 'table ' END || called,
      concat_ws('/', relkind, relowner, relacl, relpersistence, relrowsecurity, relforcerowsecurity, reloptions, relreplident, pg_catalog.pg_get_expr(relpartbound, r.oid),
        CASE WHEN relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(r.oid) END,
        (SELECT string_agg(inhparent::regclass::text, ',' ORDER BY inhseqno) FROM pg_catalog.pg_inherits WHERE inhrelid = r.oid),
        (SELECT concat_ws('/', seqtypid::regtype, seqstart, seqincrement, seqmin, seqmax, seqcache, seqcycle) FROM pg_catalog.pg_sequence WHERE seqrelid = r.oid),
        (SELECT string_agg(concat_ws(' ', attname, pg_catalog.format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated, attacl, nullif(attcollation, 0), pg_catalog.pg_get_expr(adbin, adrelid)), ',' ORDER BY attnum)
         FROM pg_catalog.pg_attribute LEFT JOIN pg_catalog.pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE attrelid = r.oid AND attnum > 0 AND NOT attisdropped))
      FROM rels r WHERE relkind IN ('r', 'p', 'f', 'v', 'm', 'S', 'c')
    UNION ALL SELECT 'index ' || r.called, pg_catalog.pg_get_indexdef(indexrelid) FROM pg_catalog.pg_index JOIN rels r ON r.oid = indexrelid WHERE indisvalid
    UNION ALL SELECT format('constraint %I of %s', conname, coalesce(r.called, contypid::regtype::text)), concat_ws('/', pg_catalog.pg_get_constraintdef(k.oid), convalidated)
      FROM pg_catalog.pg_constraint k JOIN spaces n ON n.oid = connamespace LEFT JOIN rels r ON r.oid = conrelid WHERE conrelid = 0 OR r.oid IS NOT NULL
    UNION ALL SELECT format('trigger %I of %s', tgname, called), concat_ws('/', pg_catalog.pg_get_triggerdef(g.oid), tgenabled) FROM pg_catalog.pg_trigger g JOIN rels r ON r.oid = tgrelid WHERE NOT tgisinternal AND tgname <> 'verdigris_gate'
    UNION ALL SELECT format('rule %I of %s', rulename, called), concat_ws('/', pg_catalog.pg_get_ruledef(w.oid), ev_enabled) FROM pg_catalog.pg_rewrite w JOIN rels r ON r.oid = ev_class WHERE relkind NOT IN ('v', 'm')
    UNION ALL SELECT format('policy %I of %s', polname, called), concat_ws('/', polcmd, polpermissive, polroles, pg_catalog.pg_get_expr(polqual, polrelid), pg_catalog.pg_get_expr(polwithcheck, polrelid)) FROM pg_catalog.pg_policy p JOIN rels r ON r.oid = polrelid
    UNION ALL SELECT 'function ' || f.oid::regprocedure, concat_ws('/', proowner, proacl, prosecdef, proleakproof, proisstrict, provolatile, proparallel, prolang, prorettype, prosrc, prosqlbody, probin, proconfig, proargnames, pg_catalog.pg_get_expr(proargdefaults, 0))
      FROM pg_catalog.pg_proc f JOIN spaces n ON n.oid = pronamespace
    UNION ALL SELECT 'type ' || y.oid::regtype, concat_ws('/', typowner, typacl, typnotnull, typdefault, CASE WHEN typtype = 'd' THEN pg_catalog.format_type(typbasetype, typtypmod) END,
        (SELECT string_agg(quote_literal(enumlabel), ',' ORDER BY enumsortorder) FROM pg_catalog.pg_enum WHERE enumtypid = y.oid))
      FROM pg_catalog.pg_type y JOIN spaces n ON n.oid = typnamespace WHERE typtype IN ('d', 'e', 'r', 'm')
    UNION ALL SELECT 'extension ' || quote_ident(extname), extversion FROM pg_catalog.pg_extension
    UNION ALL SELECT 'event trigger ' || quote_ident(evtname), concat_ws('/', evtevent, evtenabled, evttags, evtfoid) FROM pg_catalog.pg_event_trigger WHERE evtname <> 'verdigris_ddl'
    UNION ALL SELECT 'statistics ' || format('%I.%I', nspname, stxname), pg_catalog.pg_get_statisticsobjdef(x.oid) FROM pg_catalog.pg_statistic_ext x JOIN spaces n ON n.oid = stxnamespace
    UNION ALL SELECT 'default privileges', string_agg(concat_ws('/', defaclrole, defaclnamespace, defaclobjtype, defaclacl), ',' ORDER BY oid) FROM pg_catalog.pg_default_acl
    -- Ours make the closed side read-only.
    UNION ALL SELECT concat('setting ', split_part(c, '=', 1), ' of ', coalesce('role ' || quote_ident(rolname), 'the database')), c FROM pg_catalog.pg_db_role_setting LEFT JOIN pg_catalog.pg_roles o ON o.oid = setrole, unnest(setconfig) c
      WHERE (setdatabase = 0 OR setdatabase = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
        AND split_part(c, '=', 1) <> 'default_transaction_read_only' AND NOT coalesce(starts_with(rolname, 'verdigris_'), false)
    -- What is rare is only counted: an object that came or went is seen, and called by its kind.
    UNION ALL SELECT 'operators', concat_ws('/', count(*), max(oid::bigint)) FROM pg_catalog.pg_operator WHERE oid >= 16384
    UNION ALL SELECT 'operator classes', concat_ws('/', count(*), max(oid::bigint)) FROM pg_catalog.pg_opclass WHERE oid >= 16384
    UNION ALL SELECT 'casts', concat_ws('/', count(*), max(oid::bigint)) FROM pg_catalog.pg_cast WHERE oid >= 16384
    UNION ALL SELECT 'collations', concat_ws('/', count(*), max(oid::bigint)) FROM pg_catalog.pg_collation WHERE oid >= 16384
    UNION ALL SELECT 'text search configurations', concat_ws('/', count(*), max(oid::bigint)) FROM pg_catalog.pg_ts_config WHERE oid >= 16384
    UNION ALL SELECT 'text search dictionaries', concat_ws('/', count(*), max(oid::bigint)) FROM pg_catalog.pg_ts_dict WHERE oid >= 16384
    UNION ALL SELECT 'foreign servers', concat_ws('/', count(*), max(oid::bigint)) FROM pg_catalog.pg_foreign_server
  )
  SELECT name, pg_catalog.bit_xor(pg_catalog.hashtextextended(body, 0)) FROM parts GROUP BY name $$;
