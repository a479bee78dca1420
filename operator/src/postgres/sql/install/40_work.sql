-- Progress of movers, written in the same transaction as the work. Used on green; blue has the tables, of which only failure and finding are written.
CREATE TABLE verdigris.clone (
  one bool PRIMARY KEY DEFAULT true CHECK (one),
  id uuid NOT NULL,                                   -- movers check this, never the epoch
  slot text NOT NULL,
  snapshot_lsn pg_lsn NOT NULL,                       -- consistent point of the slot
  archive bytea,                                      -- pg_dump -Fc of the schema, taken under the snapshot
  fingerprint numeric NOT NULL,                       -- of blue's catalog under the snapshot
  objects jsonb NOT NULL DEFAULT '{}',                -- verdigris.objects() of blue, name to hash
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  restarts int NOT NULL DEFAULT 0,                    -- times the snapshot was lost and the clone began again
  finished_at timestamptz
);
-- Snapshots that a living mover holds: others import from it and export their own.
CREATE TABLE verdigris.snapshot (name text PRIMARY KEY, pid int NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE verdigris.work (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  stage int NOT NULL,                                 -- a stage begins when all of the earlier ones are done
  kind text NOT NULL,                                 -- copy, compare, key, index, foreign_key, other, sequences, vacuum
  name text NOT NULL,                                 -- table or object, for display
  body jsonb NOT NULL,
  bytes bigint NOT NULL DEFAULT 0,                    -- size of the work
  done_at timestamptz,
  took_ms bigint,
  result jsonb
);
CREATE INDEX work_todo ON verdigris.work (stage, bytes DESC) WHERE done_at IS NULL;
CREATE TABLE verdigris.migration (
  seq int PRIMARY KEY,
  name text NOT NULL, file text NOT NULL, checksum text NOT NULL,
  state text NOT NULL CHECK (state IN ('Running', 'Applied', 'Failed')),
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(), took_ms bigint,
  line int, sqlstate text, object text,               -- of a failure; the server's own words go to note
  statements int NOT NULL DEFAULT 0,                  -- that a file without a transaction has done, and a hash of their text
  statements_checksum text
);
-- On blue: of preflight, when the run began. On green: of the migrations, and of materialized views that are not fresh.
CREATE TABLE verdigris.finding (
  reason text NOT NULL, object text NOT NULL, severity text NOT NULL, message text NOT NULL, remedy text NOT NULL,
  PRIMARY KEY (reason, object)
);
CREATE TABLE verdigris.catalog (taken text PRIMARY KEY CHECK (taken IN ('before', 'after')), body jsonb NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE verdigris.classified (one bool PRIMARY KEY DEFAULT true CHECK (one), at timestamptz NOT NULL DEFAULT clock_timestamp(), carried_columns jsonb NOT NULL);
CREATE TABLE verdigris.comparison (
  run uuid NOT NULL, name text NOT NULL,              -- of the table
  rows bigint, state text NOT NULL CHECK (state IN ('Running', 'Equal', 'Different', 'Unsettled')), differing bigint,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (run, name)
);
CREATE TABLE verdigris.comparison_run (run uuid PRIMARY KEY, started_at timestamptz NOT NULL DEFAULT clock_timestamp(), finished_at timestamptz, equal bool);
-- Why a step of a mover does not go on. On blue as well: green may have no records yet. Holds no row content.
CREATE TABLE verdigris.failure (
  step text NOT NULL,                                 -- clone, migrate, compare
  reason text NOT NULL, message text NOT NULL,
  transient bool NOT NULL,                            -- may pass by itself: movers go on trying
  times int NOT NULL DEFAULT 1,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (step, reason)
);
-- A file is applied: called by the migrator in the transaction of the file, and by nobody without the runner's token. What the
-- file made is gated in the same transaction, so that a closed side has no open table for a moment.
CREATE FUNCTION verdigris.applied(number int) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM verdigris.state WHERE runner = pg_catalog.current_setting('verdigris.runner', true)) THEN
    RAISE EXCEPTION 'only the mover records migrations' USING ERRCODE = '42501';
  END IF;
  SET CONSTRAINTS ALL IMMEDIATE;                      -- a table with pending checks takes no trigger
  PERFORM verdigris.arm();
  UPDATE verdigris.migration SET state = 'Applied', took_ms = (EXTRACT(epoch FROM pg_catalog.clock_timestamp() - started_at) * 1000)::bigint
    WHERE seq = number;
END $$;
-- A file without a transaction has done so many statements. Said in its own session: where it began a transaction itself, this ends
-- as that does.
CREATE FUNCTION verdigris.advanced(number int, upto int, hash text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM verdigris.state WHERE runner = pg_catalog.current_setting('verdigris.runner', true)) THEN
    RAISE EXCEPTION 'only the mover records migrations' USING ERRCODE = '42501';
  END IF;
  UPDATE verdigris.migration SET statements = upto, statements_checksum = hash WHERE seq = number;
END $$;
-- Gates every table that is not, in one transaction: for a side that is closed, where nobody waits for the locks.
CREATE FUNCTION verdigris.arm() RETURNS void LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE t record; BEGIN
  FOR t IN SELECT u.name, v.relkind FROM verdigris.ungated u JOIN verdigris.tables v USING (rel) LOOP
    EXECUTE pg_catalog.format('CREATE OR REPLACE TRIGGER verdigris_gate BEFORE INSERT OR UPDATE OR DELETE %s ON %s FOR EACH STATEMENT EXECUTE FUNCTION verdigris.gate()',
      CASE WHEN t.relkind = 'f' AND pg_catalog.current_setting('server_version_num')::int < 160000 THEN '' ELSE 'OR TRUNCATE' END, t.name);
    EXECUTE pg_catalog.format('ALTER TABLE ONLY %s ENABLE ALWAYS TRIGGER verdigris_gate', t.name);
  END LOOP;
END $$;
