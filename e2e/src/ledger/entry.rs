//! One line of the ledger.
use std::{fmt, time::Duration};

/// What a client may believe about its transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server said that it is committed.
    Acknowledged,
    /// It is certain that it is not: an error before COMMIT was sent, or a definite refusal of it.
    Refused,
    /// The connection ended after COMMIT was sent and before an answer came.
    Ambiguous,
}

/// One transaction of one client. `(client, seq)` is never used twice.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Number of the client.
    pub client: i32,
    /// Number of the transaction, rising within the client.
    pub seq: i64,
    /// What it may believe.
    pub outcome: Outcome,
    /// Account that was changed.
    pub account: i32,
    /// By how much.
    pub amount: i64,
    /// When it began, on the ledger's clock.
    pub begun: Duration,
    /// When it ended.
    pub ended: Duration,
    /// Address of the server that answered, as the server itself says it.
    pub server: String,
    /// Generated numbers that the client was given (identity, plain sequence, descending sequence); acknowledged entries only.
    pub numbers: Option<[i64; 3]>,
    /// SQLSTATE or the word of the error.
    pub error: Option<String>,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.6} {:.6} {} {} {:?} account={} amount={} server={} {}",
            self.begun.as_secs_f64(),
            self.ended.as_secs_f64(),
            self.client,
            self.seq,
            self.outcome,
            self.account,
            self.amount,
            self.server,
            self.error.as_deref().unwrap_or("-")
        )
    }
}
