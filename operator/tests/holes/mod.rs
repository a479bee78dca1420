//! The ways around the fence: what each does, and what must come of it. A way is one line of the docs.

/// A session on the side that closes: what it does before, and what it tries afterwards. `late` in a row: must be nowhere.
pub struct Late {
    pub way: &'static str,
    pub before: &'static [&'static str],
    pub after: &'static [&'static str],
}

/// A way in which rows come in before the hold. `early` in a row: must be on the other side.
pub struct Hole {
    pub way: &'static str,
    pub sql: &'static [&'static str],
}

/// Something that stops a switchover before anything is closed, how it comes and goes, and what the message names.
pub struct Stop {
    pub way: &'static str,
    pub there: &'static [&'static str],
    pub gone: &'static [&'static str],
    pub reason: &'static str,
    pub names: &'static str,
}

pub const SCHEMA: &str = "
GRANT SELECT, INSERT ON items TO PUBLIC; GRANT USAGE ON SEQUENCE items_id_seq TO PUBLIC;
CREATE FUNCTION put(what text) RETURNS void LANGUAGE sql SECURITY DEFINER AS 'INSERT INTO public.items (a, b) VALUES (1, what)';
CREATE TABLE parent (id int PRIMARY KEY); INSERT INTO parent VALUES (1), (2);
CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent ON DELETE CASCADE); INSERT INTO child VALUES (1, 1), (2, 2);
CREATE VIEW seen AS SELECT id, a, b FROM items; CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM items;
INSERT INTO ev (day, v) VALUES (0, 'early');
CREATE TABLE alone (id int PRIMARY KEY); INSERT INTO alone VALUES (1); CREATE TABLE led (id int PRIMARY KEY, alone int REFERENCES alone); INSERT INTO led VALUES (1, 1);
CREATE TABLE logs (id int, day int, PRIMARY KEY (id, day)) PARTITION BY LIST (day); CREATE TABLE logs0 PARTITION OF logs DEFAULT; INSERT INTO logs VALUES (1, 1);
";

const INSERT: &str = "INSERT INTO items (a, b) VALUES (1, 'late')";

const fn late(way: &'static str, before: &'static [&'static str], after: &'static [&'static str]) -> Late {
    Late { way, before, after }
}

const fn hole(way: &'static str, sql: &'static [&'static str]) -> Hole {
    Hole { way, sql }
}

/// In sessions from before the close.
pub const OLD: &[Late] = &[
    late("a statement of its own", &[], &[INSERT]),
    late("a transaction that says READ WRITE", &[], &["BEGIN READ WRITE", INSERT, "COMMIT"]),
    late("a transaction that had begun and not written", &["BEGIN", "SELECT 1"], &[INSERT, "COMMIT"]),
    late(
        "REPEATABLE READ with an old snapshot",
        &["BEGIN ISOLATION LEVEL REPEATABLE READ", "SELECT count(*) FROM items"],
        &[INSERT],
    ),
    late(
        "SERIALIZABLE with an old snapshot",
        &["BEGIN ISOLATION LEVEL SERIALIZABLE", "SELECT count(*) FROM items"],
        &[INSERT],
    ),
    late(
        "a prepared statement",
        &["PREPARE q AS INSERT INTO items (a, b) VALUES (1, $1)", "EXECUTE q('early')", "EXECUTE q('early')"],
        &["EXECUTE q('late')"],
    ),
    late(
        "an open cursor, WHERE CURRENT OF",
        &["BEGIN", "DECLARE c CURSOR FOR SELECT * FROM items", "FETCH c"],
        &["UPDATE items SET b = 'late' WHERE CURRENT OF c"],
    ),
    late("a transaction to be prepared (two-phase commit)", &["BEGIN"], &[INSERT, "PREPARE TRANSACTION 'late'"]),
    late("a subtransaction", &["BEGIN", "SAVEPOINT s"], &[INSERT]),
    late("`session_replication_role = replica`", &["SET session_replication_role = replica"], &[INSERT]),
    late("a role with INSERT and nothing else", &["SET ROLE plain"], &[INSERT]),
    late("a SECURITY DEFINER function", &["SET ROLE plain"], &["SELECT put('late')"]),
    late("a DO block", &[], &["DO $$ BEGIN INSERT INTO items (a, b) VALUES (1, 'late'); END $$"]),
    late(
        "a writable CTE",
        &[],
        &["WITH w AS (INSERT INTO items (a, b) VALUES (1, 'late') RETURNING id) SELECT * FROM w"],
    ),
    late(
        "MERGE",
        &[],
        &["MERGE INTO items USING (SELECT 1 AS id) s ON items.id = s.id WHEN MATCHED THEN UPDATE SET b = 'late'"],
    ),
    late("COPY", &[], &["COPY items (a, b) FROM PROGRAM 'echo 1,late' WITH (FORMAT csv)"]),
    late("a view that can be written", &[], &["UPDATE seen SET b = 'late'"]),
    late("a partition, named itself", &[], &["INSERT INTO ev0 (day, v) VALUES (0, 'late')"]),
    late("a row that moves to another partition", &[], &["UPDATE ev SET day = 5, v = 'late' WHERE day = 0"]),
    late("ON DELETE CASCADE", &[], &["DELETE FROM parent WHERE id = 1"]),
    late("TRUNCATE", &[], &["TRUNCATE accounts"]),
    late("TRUNCATE of a partition", &[], &["TRUNCATE logs0"]),
    late("TRUNCATE … CASCADE", &[], &["TRUNCATE alone CASCADE"]),
    late("an unlogged table", &[], &["INSERT INTO scratch VALUES (1)"]),
    late("REFRESH MATERIALIZED VIEW", &[], &["REFRESH MATERIALIZED VIEW counted"]),
    late("a new table", &[], &["CREATE TABLE more (id int)"]),
    late("a new table from a query", &[], &["SELECT 1 AS id INTO more"]),
    late("DDL in a transaction that had begun", &["BEGIN"], &["ALTER TABLE items ADD COLUMN late int"]),
    late("a superuser who takes the trigger off", &[], &["ALTER TABLE items DISABLE TRIGGER verdigris_gate"]),
    late("`ENABLE TRIGGER USER`, which makes ALWAYS ORIGIN", &[], &["ALTER TABLE items ENABLE TRIGGER USER"]),
    late("a superuser who drops the flag", &[], &["DROP FUNCTION verdigris.closed()"]),
];

/// In sessions that begin on the closed side, when the writer has moved.
pub const NEW: &[Late] = &[
    late("a new session, by a stale route or a fixed address, such as a scheduler's", &[], &[INSERT]),
    late("a new session that says READ WRITE", &["SET default_transaction_read_only = off"], &[INSERT]),
    late(
        "DDL in a new session that says READ WRITE",
        &["SET default_transaction_read_only = off"],
        &["CREATE TABLE more (id int)"],
    ),
];

/// In just before the hold.
pub const CARRIED: &[Hole] = &[
    hole(
        "a commit that was not waited for (`synchronous_commit = off`)",
        &["SET synchronous_commit = off", "INSERT INTO items (a, b) VALUES (1, 'early')"],
    ),
    hole(
        "a write under `session_replication_role = replica`",
        &["SET session_replication_role = replica", "INSERT INTO items (a, b) VALUES (1, 'early')"],
    ),
    hole(
        "two-phase commit, prepared and committed before the hold",
        &[
            "BEGIN",
            "INSERT INTO items (a, b) VALUES (1, 'early')",
            "PREPARE TRANSACTION 'early'",
            "COMMIT PREPARED 'early'",
        ],
    ),
    hole("a large transaction", &["INSERT INTO items (a, b) SELECT g, 'early' FROM generate_series(1, 30000) g"]),
    hole(
        "a subtransaction that was rolled back",
        &[
            "BEGIN",
            "INSERT INTO items (a, b) VALUES (1, 'early')",
            "SAVEPOINT s",
            "INSERT INTO items (a, b) VALUES (1, 'late')",
            "ROLLBACK TO s",
            "COMMIT",
        ],
    ),
    hole("TRUNCATE, and rows after it", &["TRUNCATE ev", "INSERT INTO ev (day, v) VALUES (0, 'early'), (1, 'early')"]),
    hole("a cascade", &["DELETE FROM parent WHERE id = 2"]),
    hole("a partition, named itself", &["INSERT INTO ev0 (day, v) VALUES (0, 'early')"]),
    hole("COPY", &["COPY items (a, b) FROM PROGRAM 'echo 1,early' WITH (FORMAT csv)"]),
    hole("a SECURITY DEFINER function, by a role without rights", &["SET ROLE plain", "SELECT put('early')"]),
];

/// There when a switchover is asked for.
pub const STOPS: &[Stop] = &[
    Stop {
        way: "a prepared transaction",
        there: &["BEGIN", "INSERT INTO items (a, b) VALUES (1, 'late')", "PREPARE TRANSACTION 'forgotten'"],
        gone: &["ROLLBACK PREPARED 'forgotten'"],
        reason: "NotAllowed",
        names: "forgotten",
    },
    Stop {
        way: "another subscription that writes there",
        there: &[
            "CREATE SUBSCRIPTION stranger CONNECTION 'host=127.0.0.1 port=1 dbname=none' PUBLICATION none WITH (connect = false)",
        ],
        gone: &["ALTER SUBSCRIPTION stranger SET (slot_name = NONE)", "DROP SUBSCRIPTION stranger"],
        reason: "NotAllowed",
        names: "stranger",
    },
    Stop {
        way: "a replication origin of another tool",
        there: &["SELECT pg_replication_origin_create('theirs')"],
        gone: &["SELECT pg_replication_origin_drop('theirs')"],
        reason: "NotAllowed",
        names: "theirs",
    },
    Stop {
        way: "an event trigger marked ALWAYS",
        there: &[
            "CREATE FUNCTION audit() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$",
            "CREATE EVENT TRIGGER audit ON ddl_command_end EXECUTE FUNCTION audit()",
            "ALTER EVENT TRIGGER audit ENABLE ALWAYS",
        ],
        gone: &["DROP EVENT TRIGGER audit", "DROP FUNCTION audit()"],
        reason: "NotAllowed",
        names: "audit",
    },
    Stop {
        way: "a table made after the clone",
        there: &["CREATE TABLE added (id int PRIMARY KEY)"],
        gone: &["DROP TABLE added"],
        reason: "NotCovered",
        names: "added",
    },
    Stop {
        way: "a large object that nobody acknowledged",
        there: &["SELECT lo_create(4711)"],
        gone: &["SELECT lo_unlink(4711)"],
        reason: "NotCovered",
        names: "large objects",
    },
    Stop {
        way: "a partition attached after the clone",
        there: &["CREATE TABLE ev7 (LIKE ev)", "ALTER TABLE ev ATTACH PARTITION ev7 FOR VALUES IN (7)"],
        gone: &["DROP TABLE ev7"],
        reason: "NotCovered",
        names: "ev7",
    },
];

/// What the database cannot refuse.
pub const COUNTED: Late = late(
    "a session with a replication origin of its own passes the gate, as apply does; its rows are counted, and the status says how many",
    &[
        "SET default_transaction_read_only = off",
        "SELECT pg_replication_origin_create('stray')",
        "SELECT pg_replication_origin_session_setup('stray')",
    ],
    &[
        "UPDATE accounts SET balance = 7 WHERE id <= 3",
        "SELECT pg_replication_origin_session_reset()",
        "SELECT pg_replication_origin_drop('stray')",
    ],
);
