//! One table: buckets first, so that equal rows cost one scan on each side and nothing more.
use std::collections::BTreeMap;

use futures::future::try_join;
use tokio_postgres::Client;

use super::settle::{self, Settled};
use super::{Sides, Verdict};
use crate::mover::error::Error;
use crate::mover::hash::Hash;
use crate::mover::session;

/// Rows that share a bucket, about; and the most buckets of a table.
const ROWS_A_BUCKET: i64 = 64;
const MOST_BUCKETS: i64 = 1 << 16;

/// A table as it is called on blue.
pub struct Table {
    /// For display and in results.
    pub name: String,
    /// Always quoted.
    pub rel: String,
}

/// How rows of a table are told apart and hashed, on both sides.
pub struct Shape {
    /// The table, quoted.
    pub rel: String,
    /// Hash of a row.
    pub hash: String,
    /// Columns of the key, quoted; none where whole rows are told apart.
    pub keys: Vec<String>,
    /// Their types.
    pub types: Vec<String>,
    /// Number of buckets less one, a mask.
    mask: i64,
    bucket: String,
}

/// Count and sum of hashes by bucket.
type Buckets = BTreeMap<i64, (i64, String)>;

/// Compares one table.
pub async fn compare(sides: &Sides, table: &Table) -> Result<Verdict, Error> {
    let doing = format!("looking for table {} on green", table.name);
    let there =
        session::one(&sides.green, &doing, "SELECT pg_catalog.to_regclass($1) IS NOT NULL AS there", &[&table.rel])
            .await?;
    if !session::column::<bool>(&there, "there")? {
        return Ok(Verdict { rows: 0, state: "Different", differing: None });
    }
    let shape = Shape::read(sides, table).await?;
    let (blue, green) = try_join(shape.buckets(&sides.blue, table), shape.buckets(&sides.green, table)).await?;
    let rows = green.values().map(|(count, _)| count).sum();
    let suspects: Vec<i64> =
        blue.keys().chain(green.keys()).copied().filter(|bucket| blue.get(bucket) != green.get(bucket)).collect();
    let settled =
        if suspects.is_empty() { Settled::default() } else { settle::settle(sides, table, &shape, suspects).await? };
    let state = match &settled {
        Settled { different: 1.., .. } => "Different",
        Settled { unsettled: true, .. } => "Unsettled",
        Settled { .. } => "Equal",
    };
    Ok(Verdict { rows, state, differing: (settled.different > 0).then_some(settled.different) })
}

impl Shape {
    async fn read(sides: &Sides, table: &Table) -> Result<Self, Error> {
        let doing = format!("reading the columns of {}", table.name);
        let row = session::one(&sides.blue, &doing, include_str!("../sql/shape.sql"), &[&table.rel]).await?;
        let columns: String = session::column(&row, "row")?;
        let key = session::one(&sides.blue, &doing, include_str!("../sql/keys.sql"), &[&table.rel]).await?;
        let (keys, types): (Vec<String>, Vec<String>) =
            (session::column(&key, "columns")?, session::column(&key, "types")?);
        let rows: i64 = session::column(&key, "rows")?;
        let buckets = u64::try_from(rows / ROWS_A_BUCKET).unwrap_or_default().next_power_of_two();
        let mask = i64::try_from(buckets).unwrap_or(MOST_BUCKETS).clamp(1, MOST_BUCKETS) - 1;
        let hash = sides.hash.of(&columns);
        let whole = keys.iter().map(|key| format!("{key}::text")).collect::<Vec<_>>().join(", ");
        let bucket = match sides.hash {
            _ if keys.is_empty() => hash.clone(),
            Hash::Record => format!("pg_catalog.hash_record_extended(ROW({whole}), 0)"),
            Hash::Md5 => format!("('x' || pg_catalog.md5(ROW({whole})::text))::bit(64)::bigint"),
        };
        Ok(Self { rel: table.rel.clone(), hash, keys, types, mask, bucket })
    }

    /// Expression for the bucket of a row.
    pub fn bucket(&self) -> String {
        format!("({}) & {}", self.bucket, self.mask)
    }

    async fn buckets(&self, side: &Client, table: &Table) -> Result<Buckets, Error> {
        let sql = format!(
            "SELECT {} AS bucket, count(*) AS rows, sum({})::text AS hash FROM ONLY {} GROUP BY 1",
            self.bucket(),
            self.hash,
            self.rel
        );
        let rows = session::all(side, &format!("hashing table {}", table.name), &sql, &[]).await?;
        rows.iter()
            .map(|row| {
                Ok((session::column(row, "bucket")?, (session::column(row, "rows")?, session::column(row, "hash")?)))
            })
            .collect()
    }
}
