//! Row hashes that do not depend on the order of rows, computed by the servers.
use tokio_postgres::Client;

use super::error::Error;
use super::session;

/// Which function hashes a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// PostgreSQL's own extended hash of a row: fast, and the same on both servers (probed).
    Record,
    /// MD5 of the row's text, where the servers do not hash alike.
    Md5,
}

impl Hash {
    /// The function on which both servers agree.
    pub async fn agreed(blue: &Client, green: &Client) -> Result<Self, Error> {
        let sql = include_str!("sql/probe.sql");
        let one = session::one(blue, "probing blue's hashes", sql, &[]).await?;
        let other = session::one(green, "probing green's hashes", sql, &[]).await?;
        let same = session::column::<String>(&one, "hash")? == session::column::<String>(&other, "hash")?;
        Ok(if same { Self::Record } else { Self::Md5 })
    }

    /// Expression for the hash of one row; `row` is the list of its columns as `shape.sql` words it.
    pub fn of(self, row: &str) -> String {
        match self {
            Self::Record => format!("pg_catalog.hash_record_extended(ROW({row}), 0)"),
            Self::Md5 => format!("('x' || pg_catalog.md5(ROW({row})::text))::bit(64)::bigint"),
        }
    }

    /// Query for `rows` and `hash` (exact, as text) of the rows of `rel` that meet `filter`.
    pub fn sum(self, rel: &str, row: &str, filter: &str) -> String {
        format!(
            "SELECT count(*) AS rows, coalesce(sum({}), 0)::text AS hash FROM ONLY {rel} WHERE {filter}",
            self.of(row)
        )
    }
}
