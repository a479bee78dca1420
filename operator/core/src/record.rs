//! What a side says of itself: the row in `verdigris.state` and the flag beside it. The databases are the only memory (I5).
use serde::{Deserialize, Serialize};
use verdigris_crds::Side;

/// Number and holder of an epoch. A step that carries another one is refused (I6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Epoch {
    /// Only rises.
    pub number: i64,
    /// The process that took it: two operators may take the same number, one on each side.
    pub holder: uuid::Uuid,
}

/// A WAL position in bytes, as `pg_lsn` counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Lsn(pub u64);

impl std::fmt::Display for Lsn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:X}/{:X}", self.0 >> 32, self.0 & 0xFFFF_FFFF)
    }
}

/// One side's record.
#[allow(clippy::struct_excessive_bools)] // a row of a table, not a state machine
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Run that the record belongs to (`Names::run`).
    pub uid: String,
    /// Which side this is.
    pub side: Side,
    /// Whether system identifier and timeline are those recorded: a restored or failed-over server proves nothing.
    pub same_server: bool,
    /// Epoch taken last.
    pub epoch: i64,
    /// Its holder.
    pub holder: Option<uuid::Uuid>,
    /// The record's word on whether client writes are refused.
    pub closed: bool,
    /// The catalog's word on it: `verdigris.closed()` exists. A difference is drift.
    pub flag: bool,
    /// Attempt that moved the writer last; part of the stream's name.
    pub turn: i64,
    /// Nonce of the attempt that closed this side, until the run goes on.
    pub nonce: Option<uuid::Uuid>,
    /// Whether the deadline of that attempt has passed, by this server's clock.
    pub late: bool,
    /// When this side opened as the new writer, as seconds since 1970 by its own clock.
    pub opened_at: Option<i64>,
    /// End of the rollback window by this server's clock, seconds since 1970. On the new writer only.
    pub window_until: Option<i64>,
    /// Whether that time has passed by this server's clock.
    pub window_over: bool,
    /// The side is done with: how and when.
    pub tombstone: Option<String>,
    /// Position at which the reverse stream starts, as the attempt that closed this side recorded it.
    pub position: Option<Lsn>,
    /// Whether a mover may write here although the side is closed.
    pub runner: bool,
    /// Slot on a closed side by which writes of its own are told from those of the stream.
    pub witness: Option<String>,
    /// Writes seen on this side after it was closed, not by the stream.
    pub strays: i64,
    /// Slots here were dropped, for they retained more WAL than the budget allows.
    pub overrun: Option<Overrun>,
    /// An attempt that moved the writer from here told poolers to hold their clients, and nobody has told them to go on since.
    pub poolers_held: bool,
    /// Epoch of that attempt.
    pub poolers_epoch: Option<i64>,
    /// Whether tables and columns are those of the plan.
    pub catalog_as_planned: bool,
    /// `namespace/name` of the migration that made the record.
    pub migration: String,
}

/// WAL that slots retained against what was allowed, when they were dropped for it; bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Overrun {
    /// What they retained.
    pub retained: i64,
    /// What `spec.budget.retainedWal` allowed then.
    pub allowed: i64,
}

/// A record that another run left, or keeps, on a side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Foreign {
    /// That run.
    pub run: String,
    /// `namespace/name` of its migration.
    pub migration: String,
}

/// Sorts what is on a side into ours and another run's. Nothing is ever concluded from another run's record but that it is there.
pub fn sort(found: Option<Record>, run: &str) -> (Option<Record>, Option<Foreign>) {
    match found {
        Some(record) if record.uid != run => (None, Some(Foreign { run: record.uid, migration: record.migration })),
        ours => (ours, None),
    }
}

impl Record {
    /// Whether an attempt that is newer than this epoch told poolers to hold their clients: these are its to let go.
    pub fn held_after(&self, epoch: Epoch) -> bool {
        self.poolers_held && self.poolers_epoch.is_some_and(|told| told > epoch.number)
    }

    /// Whether the run ended before this side was ever open: a green that was made, and never used.
    pub fn unused(&self) -> bool {
        self.side == Side::Green && self.opened_at.is_none() && self.tombstone.is_some()
    }

    /// Whether client writes are refused; `None` when record and catalog differ.
    pub fn is_closed(&self) -> Option<bool> {
        (self.closed == self.flag).then_some(self.closed)
    }
}
