//! Comparing under the snapshot: count and sum of row hashes, of blue where a range was copied, of green afterwards. The verdict
//! adds up all ranges of a table: the same rows lie in other blocks on green.
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_postgres::Client;

use super::copy::blocks;
use crate::mover::error::Error;
use crate::mover::hash::Hash;
use crate::mover::session;

/// What to hash.
#[derive(Deserialize)]
pub struct Part {
    rel: String,
    row: String,
    from: i64,
    to: Option<i64>,
}

/// Hashes a range of green. Returns `{green_rows, green_hash}`.
pub async fn compare(part: &Part, hash: Hash, green: &Client) -> Result<Value, Error> {
    let (rows, sum) = self::sum(hash, &part.rel, &part.row, part.from, part.to, green).await?;
    Ok(json!({"green_rows": rows, "green_hash": sum}))
}

/// How many rows the blocks `from..to` of a table hold, and the sum of their hashes, as the session's transaction sees them.
pub async fn sum(
    hash: Hash,
    rel: &str,
    row: &str,
    from: i64,
    to: Option<i64>,
    client: &Client,
) -> Result<(i64, String), Error> {
    let sql = hash.sum(rel, row, &blocks(from, to));
    let row = session::one(client, &format!("hashing table {rel}"), &sql, &[]).await?;
    Ok((session::column(&row, "rows")?, session::column(&row, "hash")?))
}

/// Refuses the clone if any table differs.
pub async fn verdict(green: &Client) -> Result<Value, Error> {
    let differing = session::all(green, "adding up the comparison", include_str!("../sql/verdict.sql"), &[]).await?;
    let Some(first) = differing.first() else { return Ok(json!({"equal": true})) };
    let name: String = session::column(first, "name")?;
    Err(Error::permanent(
        "CloneDiffers",
        format!(
            "{} tables of green differ from blue under the same snapshot, the first is {name}; keep green for inspection, then drop its database and start again",
            differing.len()
        ),
    ))
}
