//! The birth of green, done once by the chief: slot and snapshot on blue, then one transaction on green that makes the
//! schema, our records, the gate, the flag and the queue. Before it green is empty, after it green is whole and closed.
use tokio_postgres::Client;
use uuid::Uuid;
use verdigris_crds::Side;

use super::enter::Joined;
use super::snapshot::{self, Anchor};
use super::{STEP, queue};
use crate::mover::error::Error;
use crate::mover::session;
use crate::mover::settings::Settings;
use crate::mover::tools::{self, Archive};
use crate::postgres::{arm, state};

/// Makes green and everything that movers need. If that fails, no slot stays behind on blue.
pub async fn birth(settings: &Settings, blue: &Client, green: &Client) -> Result<Joined, Error> {
    let born = attempt(settings, blue, green).await;
    if born.is_err() {
        let name = settings.names().stream(0, 1);
        let sql = include_str!("../sql/slot_drop.sql");
        if let Err(lost) = session::all(blue, "dropping the slot of a failed birth", sql, &[&name]).await {
            tracing::warn!("{lost}; the next attempt drops it");
        }
    }
    born
}

async fn attempt(settings: &Settings, blue: &Client, green: &Client) -> Result<Joined, Error> {
    extensions(blue, green).await?;
    let look = session::one(green, "looking at green's server", include_str!("../sql/server_look.sql"), &[]).await?;
    let major: i32 = session::column(&look, "major")?;
    let slot = snapshot::create_slot(settings, blue).await?;
    let anchor = Anchor::import(settings, &slot.snapshot).await?;
    let Some(anchor) = anchor else {
        return Err(Error::transient(
            "SnapshotLost",
            "the snapshot of the new slot is gone already; the mover tries again",
        ));
    };
    drop(slot.walsender);
    let archive = tools::dump(settings, major, &anchor.name).await?;
    let on_disk = Archive::write(major, &archive).await?;
    let schema = on_disk.section(settings, "pre-data").await?;
    let born = Joined { clone: Uuid::new_v4(), runner: token(), anchor: None };

    session::quiet(green).await?;
    session::batch(green, "beginning the birth of green", "BEGIN").await?;
    session::batch(green, "making blue's schema on green", &schema).await?;
    close(settings, blue, green, &born.runner).await?;
    // A transaction of its own, for what is read stays locked to its end: views ask for the tables behind them.
    let reader = snapshot::import(settings, &anchor.name).await?.ok_or_else(snapshot::lost)?;
    begin(settings, blue, green, &reader, &born, &slot.lsn, &archive).await?;
    queue::fill(settings, &on_disk, &reader, green).await?;
    drop(reader);
    anchor.register(green).await?;
    session::batch(green, "finishing the birth of green", "COMMIT").await?;
    // How often the snapshot was lost is counted until the clone is finished.
    let sql = "DELETE FROM verdigris.failure WHERE step = $1 AND reason <> 'SnapshotLost'";
    session::execute(blue, "forgetting what was in the way", sql, &[&STEP]).await?;
    Ok(Joined { anchor: Some(anchor), ..born })
}

/// A fresh token that passes the gate.
pub fn token() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

async fn extensions(blue: &Client, green: &Client) -> Result<(), Error> {
    let sql = "SELECT coalesce(pg_catalog.array_agg(extname::text), '{}') AS names FROM pg_catalog.pg_extension";
    let row = session::one(blue, "reading blue's extensions", sql, &[]).await?;
    let names: Vec<String> = session::column(&row, "names")?;
    let missing =
        session::all(green, "looking for extensions", include_str!("../sql/extensions_missing.sql"), &[&names]).await?;
    let missing = missing.iter().map(|row| session::column(row, "e")).collect::<Result<Vec<String>, _>>()?;
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::permanent(
        "ExtensionMissing",
        format!("green's server lacks extensions that blue uses: {}; use an image that has them", missing.join(", ")),
    ))
}

/// Record, flag, gate: green refuses everybody else from its first moment.
async fn close(settings: &Settings, blue: &Client, green: &Client, runner: &str) -> Result<(), Error> {
    let row = session::one(blue, "reading blue's record", include_str!("../sql/blue_state.sql"), &[]).await?;
    let migration: String = session::column(&row, "migration")?;
    let names = settings.names();
    let records = state::install_sql(&names, &migration, Side::Green, true);
    session::batch(green, "making our records on green", &records).await?;
    session::batch(green, "closing green", arm::BORN_CLOSED).await?;
    session::execute(green, "recording the runner", include_str!("../sql/born.sql"), &[&runner]).await?;
    let row = session::one(blue, "reading exclusions", include_str!("../sql/excluded_read.sql"), &[]).await?;
    let rows: serde_json::Value = session::column(&row, "rows")?;
    session::execute(green, "recording exclusions", include_str!("../sql/excluded_write.sql"), &[&rows]).await?;
    Ok(())
}

async fn begin(
    settings: &Settings,
    blue: &Client,
    green: &Client,
    reader: &Client,
    born: &Joined,
    lsn: &str,
    archive: &[u8],
) -> Result<(), Error> {
    let row = session::one(reader, "reading blue's fingerprint", include_str!("../sql/blue_catalog.sql"), &[]).await?;
    let (fingerprint, objects): (String, serde_json::Value) =
        (session::column(&row, "fingerprint")?, session::column(&row, "objects")?);
    let sql = "SELECT coalesce(pg_catalog.max(times), 0)::int AS times FROM verdigris.failure WHERE step = 'clone' AND reason = 'SnapshotLost'";
    let restarts: i32 = session::column(&session::one(blue, "counting restarts", sql, &[]).await?, "times")?;
    let slot = settings.names().stream(0, 1);
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 7] =
        [&born.clone, &slot, &lsn, &archive, &fingerprint, &restarts, &objects];
    session::execute(green, "recording the clone on green", include_str!("../sql/clone_begin.sql"), &params).await?;
    Ok(())
}
