-- The records of a run. On green: in the transaction that creates the user's schema, so that green is closed from birth.
-- In psql: psql -1 -v ON_ERROR_STOP=1 -f 10_schema.sql -f 20_gate.sql -f 30_coverage.sql -f 35_objects.sql -f 40_work.sql
CREATE SCHEMA verdigris;
GRANT USAGE ON SCHEMA verdigris TO PUBLIC;

CREATE TABLE verdigris.state (
  one bool PRIMARY KEY DEFAULT true CHECK (one),
  uid text NOT NULL,                                  -- the run (Names::run)
  migration text NOT NULL,                            -- namespace/name, for humans
  side text NOT NULL CHECK (side IN ('blue', 'green')),
  system bigint NOT NULL,                             -- where this row lives; checked on connecting
  timeline text NOT NULL,
  epoch bigint NOT NULL DEFAULT 1,                    -- number and holder: a step that carries others is refused (I6)
  holder uuid,
  closed bool NOT NULL,
  turn bigint NOT NULL DEFAULT 0,                     -- attempt that moved the writer last; part of the stream's name
  nonce uuid,
  position pg_lsn,                                    -- where the reverse stream starts (I3)
  deadline timestamptz,
  reset_at timestamptz NOT NULL DEFAULT '-infinity',  -- sessions older than this may still be read-only: end them
  runner text,                                        -- token that passes the gate while a mover writes here
  fingerprint numeric,                                -- of the catalog, as planned
  closed_at timestamptz,
  closed_position pg_lsn,                             -- where this side closed: a write of its own behind it is a stray
  witness text,                                       -- slot on a closed side that tells strays from the stream
  opened_at timestamptz,                              -- as the new writer
  window_until timestamptz,                           -- end of the rollback window, by this server's clock
  strays bigint NOT NULL DEFAULT 0,                   -- writes seen on this side after it was closed
  overrun_retained bigint,                            -- slots here were dropped: WAL that they retained, in bytes,
  overrun_allowed bigint,                             -- and what the budget allowed
  poolers_held bool NOT NULL DEFAULT false,            -- an attempt from here told poolers to hold their clients, and nobody let them go since
  poolers_epoch bigint,                               -- epoch of that attempt
  tombstone text
);
REVOKE ALL ON verdigris.state FROM PUBLIC;
CREATE TABLE verdigris.proof (nonce uuid PRIMARY KEY, turn bigint NOT NULL);
CREATE TABLE verdigris.marker_blue (nonce uuid PRIMARY KEY, turn bigint NOT NULL);    -- published by blue only
CREATE TABLE verdigris.marker_green (nonce uuid PRIMARY KEY, turn bigint NOT NULL);   -- published by green only
CREATE TABLE verdigris.excluded (name text PRIMARY KEY, reason text NOT NULL);        -- declared: not carried
CREATE TABLE verdigris.note (at timestamptz NOT NULL DEFAULT clock_timestamp(), step text NOT NULL, message text NOT NULL);
CREATE TABLE verdigris.report (at timestamptz NOT NULL DEFAULT clock_timestamp(), turn bigint NOT NULL, body jsonb NOT NULL);
