//! The snapshot of blue: made with the slot, then kept alive by every mover that imported it and exports it again.
use std::time::Duration;

use tokio_postgres::{Client, SimpleQueryMessage};
use verdigris_core::fact::Problem;
use verdigris_crds::Side;

use super::STEP;
use crate::mover::error::{Doing, Error};
use crate::mover::settings::Settings;
use crate::mover::{failure, session};

/// A transaction on blue that sees the snapshot and exports it to others. It reads nothing: what a transaction has read it
/// keeps locked to its end, and a client's TRUNCATE or ALTER would wait as long as the clone.
pub struct Anchor {
    /// The session; its transaction must stay open.
    _held: Client,
    /// Name under which others import the snapshot while we live.
    pub name: String,
    pid: i32,
}

/// A fresh slot: where it starts, and the name of the snapshot that fits it exactly.
pub struct Slot {
    /// Keeps the exported snapshot alive: nothing may be said on it.
    pub walsender: Client,
    /// Consistent point.
    pub lsn: String,
    /// Name of the exported snapshot.
    pub snapshot: String,
}

impl Anchor {
    /// `None`: nobody exports that snapshot any more.
    pub async fn import(settings: &Settings, name: &str) -> Result<Option<Self>, Error> {
        let Some(blue) = import(settings, name).await? else { return Ok(None) };
        let row = session::one(
            &blue,
            "exporting the snapshot again",
            "SELECT pg_catalog.pg_export_snapshot() AS name, pg_catalog.pg_backend_pid() AS pid",
            &[],
        )
        .await?;
        let (name, pid) = (session::column(&row, "name")?, session::column(&row, "pid")?);
        Ok(Some(Self { _held: blue, name, pid }))
    }

    /// Tells the other movers that the snapshot can be had from us.
    pub async fn register(&self, green: &Client) -> Result<(), Error> {
        session::execute(
            green,
            "registering the snapshot on green",
            include_str!("../sql/snapshot_add.sql"),
            &[&self.name, &self.pid],
        )
        .await?;
        Ok(())
    }
}

/// A session on blue in a transaction that sees the snapshot; `None` if nobody exports it any more.
pub async fn import(settings: &Settings, name: &str) -> Result<Option<Client>, Error> {
    let blue = session::open(settings, Side::Blue).await?;
    Ok(begin(&blue, name).await?.then_some(blue))
}

/// Begins a transaction that sees the snapshot; `false` if nobody exports it any more. Whoever reads in it ends it soon.
pub async fn begin(blue: &Client, name: &str) -> Result<bool, Error> {
    session::batch(blue, "importing the snapshot", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
    match blue.batch_execute(&format!("SET TRANSACTION SNAPSHOT '{}'", name.replace('\'', "''"))).await {
        Ok(()) => Ok(true),
        Err(source) if source.as_db_error().is_some() => Ok(false),
        Err(source) => Err(source).doing("importing the snapshot"),
    }
}

/// Nobody exports the snapshot any more, although a mover that did so lives.
pub fn lost() -> Error {
    Error::transient("SnapshotLost", "blue ended the session that held the snapshot; the mover joins again")
}

/// Makes the stream's slot on blue. It waits for every transaction that has an xid, in any database of the server: while
/// one of them is old, that is said and tried again.
pub async fn create_slot(settings: &Settings, blue: &Client) -> Result<Slot, Error> {
    let name = settings.names().stream(0, 1);
    session::all(blue, "dropping a slot left over", include_str!("../sql/slot_drop.sql"), &[&name]).await?;
    loop {
        let walsender = session::open_walsender(settings).await?;
        for setting in ["statement_timeout = 0", "idle_in_transaction_session_timeout = 0", "lock_timeout = '10s'"] {
            walsender.simple_query(&format!("SET {setting}")).await.doing("preparing the replication session")?;
        }
        let command = format!("CREATE_REPLICATION_SLOT {name} LOGICAL pgoutput (SNAPSHOT 'export')");
        match walsender.simple_query(&command).await {
            Ok(messages) => return slot(walsender, &messages),
            Err(source) if source.code().is_some_and(|code| code.code() == "55P03") => waiting(blue).await?,
            Err(source) => return Err(source).doing(&format!("creating slot {name} on blue")),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn slot(walsender: Client, messages: &[SimpleQueryMessage]) -> Result<Slot, Error> {
    let row = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let value = |name| row.and_then(|row| row.try_get(name).ok().flatten()).map(str::to_owned);
    match (value("consistent_point"), value("snapshot_name")) {
        (Some(lsn), Some(snapshot)) => Ok(Slot { walsender, lsn, snapshot }),
        _ => Err(Error::transient(
            "SlotUnclear",
            "blue's answer to the creation of the slot has no snapshot; the mover tries again",
        )),
    }
}

async fn waiting(blue: &Client) -> Result<(), Error> {
    let rows =
        session::all(blue, "looking for old transactions", include_str!("../sql/oldest_transaction.sql"), &[]).await?;
    let Some(row) = rows.first() else { return Ok(()) };
    let (pid, since): (i32, String) = (session::column(row, "pid")?, session::column(row, "since")?);
    let problem = Problem::transient(
        "OldTransaction",
        format!(
            "the clone waits for a transaction on blue that is open since {since}; end it: SELECT pg_terminate_backend({pid})"
        ),
    );
    failure::write(blue, STEP, &problem).await
}
