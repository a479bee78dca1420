//! What a closed side has not applied of the other one's writes, counted where they were written. Names and numbers, no content (I10).
use serde::{Deserialize, Serialize};

use crate::record::Lsn;

/// Row changes that the closed side lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Backlog {
    /// The transaction that comes next: where the stream was turned off for a row, the one that cannot be applied.
    pub next: Option<NextTransaction>,
    /// All of them by table, most changes first.
    pub tables: Vec<TableChanges>,
    /// Everything was counted, not only the first so many.
    pub complete: bool,
    /// When it was counted, seconds since 1970.
    pub counted_at: i64,
}

/// The first transaction that the closed side lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NextTransaction {
    /// Where it finished, as the log of the server that applies has it.
    pub finished: Lsn,
    /// When it was committed, seconds since 1970 by the clock of the side that writes.
    pub committed_at: i64,
    /// Its tables, most changes first.
    pub tables: Vec<TableChanges>,
}

/// Row changes of one table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TableChanges {
    /// Schema and name, quoted as in SQL.
    pub table: String,
    /// Rows inserted.
    pub inserts: i64,
    /// Rows updated.
    pub updates: i64,
    /// Rows deleted.
    pub deletes: i64,
    /// Times truncated.
    pub truncates: i64,
}

impl TableChanges {
    /// All of them.
    pub fn sum(&self) -> i64 {
        self.inserts.saturating_add(self.updates).saturating_add(self.deletes).saturating_add(self.truncates)
    }
}

impl std::fmt::Display for TableChanges {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [
            ("insert", self.inserts),
            ("update", self.updates),
            ("delete", self.deletes),
            ("truncate", self.truncates),
        ];
        let said: Vec<String> = parts
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(what, count)| format!("{count} {what}{}", if count == 1 { "" } else { "s" }))
            .collect();
        write!(f, "{} ({})", self.table, said.join(", "))
    }
}
