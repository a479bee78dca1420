//! One part of a table, from socket to socket: `COPY` out of blue's snapshot into green, in blocks, without looking inside;
//! then its rows hashed on blue.
//!
//! Both are read in one short transaction, so the table is locked no longer than that, and what was copied is what is compared:
//! TRUNCATE and rewrites do not heed older snapshots, a table is empty in them afterwards. A TRUNCATE is in the stream, which
//! begins where the snapshot was taken, so both sides end equal. A rewrite by ALTER TABLE is not, but is seen as drift.
use bytes::{Bytes, BytesMut};
use futures::{SinkExt, TryStreamExt, pin_mut};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_postgres::Client;

use super::{compare, snapshot};
use crate::mover::error::{Doing, Error};
use crate::mover::hash::Hash;
use crate::mover::session;

/// Rows are forwarded in blocks of this many bytes: one message a row would cost twice the processor time.
const BLOCK: usize = 64 << 10;

/// What to copy.
#[derive(Deserialize)]
pub struct Part {
    rel: String,
    columns: String,
    binary: bool,
    clear: bool,
    /// How a row is hashed; absent where green need not have the same rows for long.
    row: Option<String>,
    from: i64,
    to: Option<i64>,
}

/// Condition for the blocks `from..to` of a table.
pub fn blocks(from: i64, to: Option<i64>) -> String {
    match (from, to) {
        (0, None) => "true".into(),
        (from, None) => format!("ctid >= '({from},0)'"),
        (from, Some(to)) => format!("ctid >= '({from},0)' AND ctid < '({to},0)'"),
    }
}

/// Copies into the transaction that is open on green. Returns `{rows, blue_rows, blue_hash}`.
pub async fn copy(part: &Part, hash: Hash, name: &str, blue: &Client, green: &Client) -> Result<Value, Error> {
    if !snapshot::begin(blue, name).await? {
        return Err(snapshot::lost());
    }
    let outcome = within(part, hash, blue, green).await;
    let ended = session::batch(blue, "ending the reading of blue", "ROLLBACK").await;
    let outcome = outcome?;
    ended.map(|()| outcome)
}

async fn within(part: &Part, hash: Hash, blue: &Client, green: &Client) -> Result<Value, Error> {
    in_place(part, blue).await?;
    let rows = rows(part, blue, green).await?;
    let Some(row) = &part.row else { return Ok(json!({"rows": rows})) };
    let (blue_rows, blue_hash) = compare::sum(hash, &part.rel, row, part.from, part.to, blue).await?;
    Ok(json!({"rows": rows, "blue_rows": blue_rows, "blue_hash": blue_hash}))
}

/// Locks the table against rewrites, and refuses a range of one whose rows have moved: VACUUM FULL and CLUSTER keep rows for
/// older snapshots, but at other places, so ranges read before and after do not make up the table.
async fn in_place(part: &Part, blue: &Client) -> Result<(), Error> {
    let Part { rel, from, to, .. } = part;
    let doing = format!("looking at table {rel} of blue");
    session::batch(blue, &doing, &format!("LOCK TABLE ONLY {rel} IN ACCESS SHARE MODE")).await?;
    let file = session::all(blue, &doing, include_str!("../sql/same_file.sql"), &[rel]).await?;
    let known = file.first().map(|row| session::column::<bool>(row, "same")).transpose()?;
    if known == Some(true) {
        return Ok(());
    }
    let sql = format!("SELECT EXISTS (SELECT FROM ONLY {rel}) AS rows");
    let rows: bool = session::column(&session::one(blue, &doing, &sql, &[]).await?, "rows")?;
    if known.is_none() || (rows && (*from, *to) != (0, None)) {
        return Err(Error::permanent(
            "TableRewritten",
            format!(
                "blue's table {rel} was made anew, or rewritten by VACUUM FULL or CLUSTER, while it was copied; drop green's database and start again"
            ),
        ));
    }
    tracing::warn!(table = rel, "blue's table was truncated or rewritten since the snapshot");
    Ok(())
}

async fn rows(part: &Part, blue: &Client, green: &Client) -> Result<u64, Error> {
    let Part { rel, columns, .. } = part;
    let (reading, writing) = (format!("reading table {rel} of blue"), format!("writing table {rel} of green"));
    if part.clear {
        // A table of an extension: green's own copy of the extension may have put rows there.
        session::batch(green, &writing, &format!("DELETE FROM ONLY {rel}")).await?;
    }
    let filter = blocks(part.from, part.to);
    if columns.is_empty() {
        let row = session::one(blue, &reading, &format!("SELECT count(*) FROM ONLY {rel} WHERE {filter}"), &[]).await?;
        let rows: i64 = row.try_get(0).doing(&reading)?;
        let sql = format!("INSERT INTO {rel} SELECT FROM pg_catalog.generate_series(1, $1::bigint)");
        return session::execute(green, &writing, &sql, &[&rows]).await;
    }
    let format = if part.binary { "binary" } else { "text" };
    let source = format!("COPY (SELECT {columns} FROM ONLY {rel} WHERE {filter}) TO STDOUT (FORMAT {format})");
    let target = format!("COPY {rel} ({columns}) FROM STDIN (FORMAT {format})");
    let rows = blue.copy_out(&source).await.doing(&reading)?;
    let sink = green.copy_in::<_, Bytes>(&target).await.doing(&writing)?;
    pin_mut!(rows, sink);
    let mut block = BytesMut::with_capacity(2 * BLOCK);
    while let Some(row) = rows.try_next().await.doing(&reading)? {
        block.extend_from_slice(&row);
        if block.len() >= BLOCK {
            sink.send(block.split().freeze()).await.doing(&writing)?;
        }
    }
    if !block.is_empty() {
        sink.send(block.freeze()).await.doing(&writing)?;
    }
    sink.finish().await.doing(&writing)
}
