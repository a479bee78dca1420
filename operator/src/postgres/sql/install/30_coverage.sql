-- What must be gated and carried, and what is not. Read inside the hold, so both halves must be cheap.
-- `name` is how this server quotes it; keywords differ between majors, so names of two sides are compared by schema and relation.
CREATE VIEW verdigris.tables AS
  SELECT c.oid::regclass AS rel, format('%I.%I', nspname, relname) AS name, relkind,
    relkind = 'r' AND relpersistence = 'p' AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
      WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_catalog.pg_extension'::regclass AND d.deptype = 'e'
        AND c.oid <> ALL (coalesce(e.extconfig, '{}'))) AS carried,
    nspname AS schema, relname AS relation
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
  WHERE relkind IN ('r', 'p', 'f') AND relpersistence <> 't'
    AND nspname NOT IN ('pg_catalog', 'information_schema', 'verdigris') AND NOT starts_with(nspname, 'pg_toast') AND NOT starts_with(nspname, 'pg_temp');

CREATE VIEW verdigris.ungated AS
  SELECT rel, name, relkind FROM verdigris.tables t
  WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = t.rel AND tgname = 'verdigris_gate' AND tgenabled = 'A');

-- Names and columns of every table; a table rebuilt under its old name keeps it, a changed column changes it.
CREATE FUNCTION verdigris.fingerprint() RETURNS numeric LANGUAGE sql STABLE SET search_path = '' AS $$
  SELECT coalesce(sum(pg_catalog.hashtextextended(pg_catalog.concat_ws('/', t.name, attname, pg_catalog.format_type(atttypid, atttypmod), attnotnull), 0)), 0)
  FROM verdigris.tables t JOIN pg_catalog.pg_attribute ON attrelid = t.rel WHERE attnum > 0 AND NOT attisdropped $$;

-- On `from`, in the hold: every table gated, every permanent one published or declared, the catalog as planned.
CREATE FUNCTION verdigris.uncovered(pub name) RETURNS SETOF text LANGUAGE sql STABLE SET search_path = '' AS $$
  SELECT 'not gated: ' || name FROM verdigris.ungated
  UNION ALL SELECT 'not published: ' || name FROM verdigris.tables t WHERE carried AND name NOT IN (SELECT name FROM verdigris.excluded)
    AND rel NOT IN (SELECT prrelid FROM pg_catalog.pg_publication_rel JOIN pg_catalog.pg_publication p ON p.oid = prpubid WHERE pubname = pub)
  UNION ALL SELECT 'no DDL trigger' WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_event_trigger WHERE evtname = 'verdigris_ddl' AND evtenabled = 'A')
  UNION ALL SELECT 'catalog differs from the plan' WHERE verdigris.fingerprint() IS DISTINCT FROM (SELECT fingerprint FROM verdigris.state) $$;

-- What must be carried away from this side.
CREATE VIEW verdigris.carried AS SELECT schema, relation FROM verdigris.tables WHERE carried AND name NOT IN (SELECT name FROM verdigris.excluded);

-- On `to`: the tables that the subscription carries.
CREATE FUNCTION verdigris.subscribed(sub name) RETURNS TABLE (schema name, relation name) LANGUAGE sql STABLE SET search_path = '' AS $$
  SELECT t.schema, t.relation FROM verdigris.tables t JOIN pg_catalog.pg_subscription_rel r ON r.srrelid = t.rel
    JOIN pg_catalog.pg_subscription s ON s.oid = r.srsubid WHERE s.subname = sub AND r.srsubstate = 'r' $$;

-- The number that a sequence gives out next, where it has given out none since it was made, restarted, or set with `false`: its
-- start says nothing then.
CREATE FUNCTION verdigris.first_of(seq regclass) RETURNS bigint LANGUAGE plpgsql STABLE SET search_path = '' AS $$
DECLARE v bigint; BEGIN EXECUTE format('SELECT last_value FROM %s', seq) INTO v; RETURN v; END $$;

CREATE VIEW verdigris.sequences AS
  SELECT format('%I.%I', nspname, relname) AS name, called.last, CASE WHEN called.last IS NULL THEN verdigris.first_of(c.oid) ELSE seqstart END AS start,
    greatest(least(seqincrement * greatest(1000, 10::numeric * seqcache), 9223372036854775807), -9223372036854775807)::bigint AS lead, seqmin AS low, seqmax AS high, nspname AS schema, relname AS relation
  FROM pg_catalog.pg_sequence JOIN pg_catalog.pg_class c ON c.oid = seqrelid JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
    CROSS JOIN LATERAL (SELECT pg_catalog.pg_sequence_last_value(c.oid) AS last OFFSET 0) called
  WHERE nspname <> 'verdigris' AND relpersistence <> 't';
