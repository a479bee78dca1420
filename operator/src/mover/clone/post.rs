//! What comes after the rows: entries of the archive, materialized views, sequences, statistics.
use serde_json::{Value, json};
use tokio_postgres::Client;
use verdigris_crds::Side;

use crate::mover::error::{Doing, Error};
use crate::mover::settings::Settings;
use crate::mover::tools::Archive;
use crate::mover::{matviews, session};

/// Makes the entries with these numbers, in the transaction that is open.
pub async fn restore(
    settings: &Settings,
    archive: &Archive,
    green: &Client,
    name: &str,
    ids: &[i64],
) -> Result<Value, Error> {
    let sql = archive.entries(settings, ids).await?;
    session::batch(green, &format!("making {name} on green"), &sql).await?;
    Ok(Value::Null)
}

/// Fills a materialized view that is filled on blue.
pub async fn refresh(green: &Client, name: &str) -> Result<Value, Error> {
    matviews::refresh(green, name).await?;
    Ok(Value::Null)
}

/// Sets every sequence of green ahead of blue's.
pub async fn sequences(settings: &Settings, green: &Client) -> Result<Value, Error> {
    let blue = session::open(settings, Side::Blue).await?;
    let row = session::one(&blue, "reading blue's sequences", include_str!("../sql/sequences_read.sql"), &[]).await?;
    let there: Value = session::column(&row, "rows")?;
    let row =
        session::one(green, "setting green's sequences ahead", include_str!("../sql/sequences_write.sql"), &[&there])
            .await?;
    let set: i64 = row.try_get(0).doing("setting green's sequences ahead")?;
    Ok(json!({"set": set}))
}

/// Statistics and visibility map. In a session of its own: VACUUM refuses to run in a transaction.
pub async fn vacuum(side: &Client, name: &str, analyze_only: bool) -> Result<Value, Error> {
    let command = if analyze_only { "ANALYZE" } else { "VACUUM (ANALYZE)" };
    session::batch(side, &format!("running {command} on {name} of green"), &format!("{command} {name}")).await?;
    Ok(Value::Null)
}
