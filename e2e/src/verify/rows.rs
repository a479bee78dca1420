//! What one side holds of the writers' transactions, read once and kept in memory.
use std::collections::{HashMap, HashSet};

use anyhow::Result;

use crate::{
    ledger::Entry,
    pg::{Target, told},
};

type Key = (i32, i64);

/// The ledger's and the journal's rows of one side.
pub(super) struct Rows {
    /// The side, for messages.
    pub name: String,
    /// Address and port as the server says them: what entries of the ledger carry.
    pub server: String,
    ledger: HashMap<Key, Vec<LedgerRow>>,
    journal: HashMap<Key, Vec<String>>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct LedgerRow {
    account: i32,
    amount: i64,
    numbers: [i64; 3],
    hash: String,
}

/// How often a transaction is there: each one writes one row in two tables.
#[derive(Clone, Copy)]
pub(super) struct Count {
    pub least: usize,
    pub most: usize,
}

impl Rows {
    pub async fn read(side: &Target) -> Result<Self> {
        let session = side.session().await?;
        let server =
            session.query_one("SELECT coalesce(host(inet_server_addr()), '') || ':' || inet_server_port()", &[]);
        let mut rows = Self {
            name: side.place(),
            server: server.await.map_err(told)?.get(0),
            ledger: HashMap::new(),
            journal: HashMap::new(),
        };
        for row in session.query(include_str!("sql/ledger.sql"), &[]).await.map_err(told)? {
            let read = LedgerRow {
                account: row.get("account"),
                amount: row.get("amount"),
                numbers: [row.get("id"), row.get("number"), row.get("countdown")],
                hash: row.get("hash"),
            };
            rows.ledger.entry((row.get("client"), row.get("seq"))).or_default().push(read);
        }
        for row in session.query(include_str!("sql/journal.sql"), &[]).await.map_err(told)? {
            rows.journal.entry((row.get("client"), row.get("seq"))).or_default().push(row.get("hash"));
        }
        rows.ledger.values_mut().for_each(|list| list.sort());
        rows.journal.values_mut().for_each(|list| list.sort());
        Ok(rows)
    }

    pub fn count(&self, key: Key) -> Count {
        let ledger = self.ledger.get(&key).map_or(0, Vec::len);
        let journal = self.journal.get(&key).map_or(0, Vec::len);
        Count { least: ledger.min(journal), most: ledger.max(journal) }
    }

    /// Whether the rows there say what the client was told; no row says nothing wrong.
    pub fn says(&self, key: Key, told: &Entry) -> bool {
        self.ledger.get(&key).into_iter().flatten().all(|row| {
            row.account == told.account
                && row.amount == told.amount
                && told.numbers.is_none_or(|numbers| row.numbers == numbers)
        })
    }

    /// Whether both sides hold the very same rows of a transaction.
    pub fn same(&self, other: &Self, key: Key) -> bool {
        self.ledger.get(&key) == other.ledger.get(&key) && self.journal.get(&key) == other.journal.get(&key)
    }

    /// Every transaction of which the side holds something.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        self.ledger.keys().chain(self.journal.keys()).copied().collect::<HashSet<_>>().into_iter()
    }
}
