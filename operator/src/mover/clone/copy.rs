//! One part of a table, from socket to socket: `COPY` out of blue's snapshot into green, in blocks, without looking inside.
use bytes::{Bytes, BytesMut};
use futures::{SinkExt, TryStreamExt, pin_mut};
use serde::Deserialize;
use tokio_postgres::Client;

use crate::mover::error::{Doing, Error};
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

/// Copies within the transactions that are open on both sides. Returns how many rows came.
pub async fn copy(part: &Part, blue: &Client, green: &Client) -> Result<u64, Error> {
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
