//! Backlog: what a closed side has not applied, counted in the slot of a stream that stands still. The slot is only peeked at: nothing
//! is confirmed, and the stream goes on where it was. While it runs its slot is in use, and there is nothing to count.
use serde::Deserialize;
use verdigris_core::names::Names;
use verdigris_core::observation::{Backlog, NextTransaction, TableChanges};
use verdigris_core::record::Lsn;

use super::connect::Session;
use super::error::{Error, Reason, Result};

/// Messages looked at in one go; the transaction that passes it is looked at to its end.
const MOST: i32 = 100_000;

#[derive(Deserialize)]
struct Found {
    next: Option<Next>,
    tables: Vec<TableChanges>,
    complete: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Next {
    finished: u64,
    committed_at: i64,
    tables: Vec<TableChanges>,
}

/// Counts what the reader of `stream` lacks behind `applied`, on the side that writes. `now`: seconds since 1970.
pub async fn count(open: &Session, names: &Names, stream: &str, applied: Lsn, now: i64) -> Result<Backlog> {
    count_at_most(open, names, stream, applied, now, MOST).await
}

/// The same, with another bound.
pub async fn count_at_most(
    open: &Session,
    names: &Names,
    stream: &str,
    applied: Lsn,
    now: i64,
    most: i32,
) -> Result<Backlog> {
    let publication = names.publication(open.side());
    let from = i64::try_from(applied.0).unwrap_or(i64::MAX);
    let row = open.one(include_str!("sql/stream/backlog.sql"), &[&stream, &publication, &from, &most]).await?;
    let found: Found = serde_json::from_str(open.get(&row, 0)?)
        .map_err(|_| Error::condition(&open.place(), Reason::Unexpected, "cannot read the backlog"))?;
    let next = found.next.map(|next| NextTransaction {
        finished: Lsn(next.finished),
        committed_at: next.committed_at,
        tables: next.tables,
    });
    Ok(Backlog { next, tables: found.tables, complete: found.complete, counted_at: now })
}
