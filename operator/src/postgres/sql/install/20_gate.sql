-- The gate: a statement trigger on every table asks, under a shared lock, whether this side is closed.

-- First in every mutating transaction: a stale operator fails, two operators serialise on the row (I6).
CREATE FUNCTION verdigris.guard(e bigint, h uuid) RETURNS void LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE here bigint; who uuid; BEGIN
  SELECT epoch, holder INTO here, who FROM verdigris.state FOR UPDATE;
  IF here IS DISTINCT FROM e OR who IS DISTINCT FROM h THEN
    RAISE EXCEPTION 'stale epoch % of %, current is % of %', e, h, here, who USING ERRCODE = 'VG001';
  END IF;
END $$;

-- May this side open? Only closed, for a newer turn, and with the proof at hand.
CREATE FUNCTION verdigris.ready(n uuid, t bigint) RETURNS void LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM verdigris.state s JOIN verdigris.proof p ON p.nonce = n AND p.turn = t WHERE s.closed AND s.turn < t) THEN
    RAISE EXCEPTION 'not ready to open for turn %', t USING ERRCODE = 'VG002';
  END IF;
END $$;

CREATE FUNCTION verdigris.must_be_closed() RETURNS void LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
  IF NOT (SELECT closed FROM verdigris.state) THEN RAISE EXCEPTION 'this side is open' USING ERRCODE = 'VG003'; END IF;
END $$;

CREATE FUNCTION verdigris.must_be_open() RETURNS void LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
  IF (SELECT closed FROM verdigris.state) THEN RAISE EXCEPTION 'this side is closed' USING ERRCODE = 'VG004'; END IF;
END $$;

CREATE TABLE verdigris.gate ();                       -- empty, never written
-- Whoever writes must be able to take the gate's shared lock; the function is SECURITY DEFINER, so no grant is needed.

CREATE FUNCTION verdigris.gate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
  IF pg_catalog.pg_replication_origin_session_is_setup() THEN RETURN NULL; END IF;      -- apply: only TRUNCATE gets here
  PERFORM FROM ONLY verdigris.gate FOR KEY SHARE;     -- ROW SHARE to the end of the transaction: waits for a hold, a hold waits for it
  IF pg_catalog.to_regprocedure('verdigris.closed()') IS NOT NULL THEN                  -- after the lock; through the catalog caches
    IF EXISTS (SELECT FROM verdigris.state WHERE runner = pg_catalog.current_setting('verdigris.runner', true)) THEN RETURN NULL; END IF;
    PERFORM pg_catalog.pg_advisory_xact_lock_shared(1987208295);                        -- linger while the Service moves
    RAISE EXCEPTION 'cannot write to %.%: this side is closed by a Verdigris switchover', TG_TABLE_SCHEMA, TG_TABLE_NAME
      USING ERRCODE = '25006', HINT = 'Reconnect through the Service.';
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION verdigris.gate_ddl() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
  IF pg_catalog.pg_replication_origin_session_is_setup() OR EXISTS (SELECT FROM verdigris.state
      WHERE uid = pg_catalog.current_setting('verdigris.session', true) OR runner = pg_catalog.current_setting('verdigris.runner', true)) THEN
    RETURN;
  END IF;
  PERFORM FROM ONLY verdigris.gate FOR KEY SHARE;
  IF pg_catalog.to_regprocedure('verdigris.closed()') IS NOT NULL THEN
    RAISE EXCEPTION '% refused: this side is closed by a Verdigris switchover', TG_TAG USING ERRCODE = '25006',
      HINT = 'Reconnect through the Service.';
  END IF;
END $$;
