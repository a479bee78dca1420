//! Comparing under the snapshot: count and sum of row hashes of a range, on one side or both. The verdict adds up all ranges
//! of a table: the same rows lie in other blocks on green.
use futures::future::try_join;
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
    side: Which,
    from: i64,
    to: Option<i64>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Which {
    Blue,
    Green,
    Both,
}

/// Hashes within the transactions that are open. Returns `{blue_rows, blue_hash, green_rows, green_hash}`, or half of it.
pub async fn compare(part: &Part, hash: Hash, blue: &Client, green: &Client) -> Result<Value, Error> {
    let sql = hash.sum(&part.rel, &part.row, &blocks(part.from, part.to));
    let doing = format!("hashing table {}", part.rel);
    let one = async |client| {
        let row = session::one(client, &doing, &sql, &[]).await?;
        Ok::<_, Error>((session::column::<i64>(&row, "rows")?, session::column::<String>(&row, "hash")?))
    };
    Ok(match part.side {
        Which::Both => {
            let (b, g) = try_join(one(blue), one(green)).await?;
            json!({"blue_rows": b.0, "blue_hash": b.1, "green_rows": g.0, "green_hash": g.1})
        }
        Which::Blue => {
            let b = one(blue).await?;
            json!({"blue_rows": b.0, "blue_hash": b.1})
        }
        Which::Green => {
            let g = one(green).await?;
            json!({"green_rows": g.0, "green_hash": g.1})
        }
    })
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
