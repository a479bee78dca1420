//! The records in schema `verdigris`: installing, reading, and taking an epoch. The databases are the only memory (I5).
use tokio_postgres::Row;
use verdigris_core::fact::Fact;
use verdigris_core::names::Names;
use verdigris_core::preflight::Finding;
use verdigris_core::record::{Epoch, Lsn, Overrun, Record};
use verdigris_crds::Side;

use super::connect::Session;
use super::error::{Error, Reason, Result};
use super::sql::Sql;

pub use super::claim::claim;

/// The files that make schema `verdigris`, in order. In one transaction.
pub const INSTALL: [&str; 5] = [
    include_str!("sql/install/10_schema.sql"),
    include_str!("sql/install/20_gate.sql"),
    include_str!("sql/install/30_coverage.sql"),
    include_str!("sql/install/35_objects.sql"),
    include_str!("sql/install/40_work.sql"),
];

/// SQL that makes schema and record of one side. A side that is born closed also needs `arm::BORN_CLOSED`.
/// `migration` is `namespace/name`, for humans.
pub fn install_sql(names: &Names, migration: &str, side: Side, closed: bool) -> String {
    let record = Sql::new(include_str!("sql/state/insert.sql"))
        .text("run", names.run())
        .text("migration", migration)
        .text("side", side.lower())
        .raw("closed", if closed { "true" } else { "false" })
        .render();
    format!("{}\n{record}", INSTALL.join("\n"))
}

/// Installs the records on blue, open, in one transaction, with what preflight had to say. Arms nothing. Does nothing if
/// they are there already.
pub async fn install_open(blue: &Session, names: &Names, migration: &str, findings: &[Finding]) -> Result<()> {
    if let Some(record) = read(blue).await? {
        return require_run(blue, names, &record.uid);
    }
    let found = serde_json::json!(findings).to_string();
    let findings = Sql::new(include_str!("sql/state/findings.sql")).text("findings", found).render();
    let records = install_sql(names, migration, Side::Blue, false);
    blue.batch("cannot install the records", &format!("{records}\n{findings}")).await
}

/// Reads a side's record. `None`: there is none, for schema `verdigris` is not there.
pub async fn read(session: &Session) -> Result<Option<Record>> {
    let there = session.one(include_str!("sql/state/exists.sql"), &[]).await?;
    if !session.get::<bool>(&there, 0)? {
        return Ok(None);
    }
    if session.get::<bool>(&there, 1)? {
        return Err(Error::condition(
            &session.place(),
            Reason::ReadOnly,
            "cannot read the record: the server is a standby",
        ));
    }
    let row = session.maybe(include_str!("sql/state/read.sql"), &[]).await?;
    row.map(|row| record(session, &row)).transpose()
}

/// The same as an observation.
pub async fn observe(session: &Session) -> Fact<Option<Record>> {
    match read(session).await {
        Ok(record) => Fact::Known(record),
        Err(error) => Fact::Unknown(error.problem()),
    }
}

fn record(session: &Session, row: &Row) -> Result<Record> {
    let position: Option<i64> = session.get(row, 14)?;
    let (retained, allowed): (Option<i64>, Option<i64>) = (session.get(row, 20)?, session.get(row, 21)?);
    Ok(Record {
        uid: session.get(row, 0)?,
        side: if session.get::<&str>(row, 1)? == "blue" { Side::Blue } else { Side::Green },
        same_server: session.get(row, 2)?,
        epoch: session.get(row, 3)?,
        holder: session.get(row, 4)?,
        closed: session.get(row, 5)?,
        flag: session.get(row, 6)?,
        turn: session.get(row, 7)?,
        nonce: session.get(row, 8)?,
        late: session.get(row, 9)?,
        opened_at: session.get(row, 10)?,
        window_until: session.get(row, 11)?,
        window_over: session.get(row, 12)?,
        tombstone: session.get(row, 13)?,
        position: position.map(|bytes| Lsn(bytes.unsigned_abs())),
        runner: session.get(row, 15)?,
        strays: session.get(row, 16)?,
        catalog_as_planned: session.get(row, 17)?,
        migration: session.get(row, 18)?,
        witness: session.get(row, 19)?,
        poolers_held: session.get(row, 22)?,
        poolers_epoch: session.get(row, 23)?,
        overrun: retained.zip(allowed).map(|(retained, allowed)| Overrun { retained, allowed }),
    })
}

/// Refuses records of another run.
pub(crate) fn require_run(session: &Session, names: &Names, found: &str) -> Result<()> {
    if found == names.run() {
        return Ok(());
    }
    let what = format!("schema verdigris belongs to another migration (run {found})");
    Err(Error::condition(&session.place(), Reason::ObjectExists, what))
}

/// Whether the proof of an attempt is on this side.
pub async fn has_proof(session: &Session, nonce: uuid::Uuid, turn: i64) -> Result<bool> {
    let row = session.one(include_str!("sql/state/proof.sql"), &[&nonce, &turn]).await?;
    session.get(&row, 0)
}

/// Records the catalog of this side as planned: later changes of tables or columns are drift and refuse a switchover.
pub async fn pin_catalog(session: &Session, epoch: Epoch) -> Result<()> {
    session.batch("cannot pin the catalog", &Sql::new(include_str!("sql/state/pin.sql")).guard(epoch).render()).await
}

/// Lets the rollback window last `seconds` from the opening; it never shrinks.
pub async fn extend_window(writer: &Session, epoch: Epoch, seconds: i64) -> Result<()> {
    let sql = Sql::new(include_str!("sql/state/window.sql")).guard(epoch).number("seconds", seconds);
    writer.batch("cannot extend the window", &sql.render()).await
}

/// Records that slots of this side are about to be dropped, for they retain more WAL than the budget allows.
pub async fn overrun(session: &Session, epoch: Epoch, overrun: Overrun) -> Result<()> {
    let sql = Sql::new(include_str!("sql/state/overrun.sql")).guard(epoch);
    let sql = sql.number("retained", overrun.retained).number("allowed", overrun.allowed);
    session.batch("cannot record that the WAL budget is spent", &sql.render()).await
}

/// Records that poolers are about to be told to hold the clients of this side, or were told to let them go on.
pub async fn poolers(session: &Session, epoch: Epoch, held: bool) -> Result<()> {
    let sql =
        Sql::new(include_str!("sql/state/poolers.sql")).guard(epoch).raw("held", if held { "true" } else { "false" });
    session.batch("cannot record what poolers were told", &sql.render()).await
}

/// Keeps what a server said in an error, in the database and nowhere else (I10). Best effort: it is only a note.
pub async fn note(session: &Session, error: &Error) {
    if let Some(words) = error.server_words() {
        let _ = session.rows(include_str!("sql/state/note.sql"), &[&error.what, &words]).await;
    }
}
