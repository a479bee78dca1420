//! The writers and their ledger: what was asked of the database, what it answered, and when.
//!
//! Clients reach the database as an application does (one host name, one port, no superuser). The ledger only records; whether the
//! database kept its word is for `verify` to say.
mod client;
mod entry;
mod report;

use std::{
    collections::BTreeMap,
    io::Write,
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
pub use entry::{Entry, Outcome};
pub use report::{Gap, Report};
use tokio::task::JoinSet;

use crate::pg::Target;

/// How the writers behave.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Number of the first client: writers that join a ledger later must not use numbers that were used before.
    pub first: u32,
    /// Clients, each with one connection.
    pub clients: u32,
    /// Transactions a second, all clients together.
    pub rate: u32,
    /// Accounts to choose from: `1..=accounts`.
    pub accounts: u32,
    /// A pooler stands between: no prepared statements, and each transaction may meet another server.
    pub pooled: bool,
}

impl Default for Load {
    fn default() -> Self {
        Self { first: 0, clients: 8, rate: 400, accounts: 100, pooled: false }
    }
}

/// Everything that the writers were told so far.
#[derive(Debug)]
pub struct Ledger {
    started: Instant,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    entries: Vec<Entry>,
    acknowledged: usize,
    errors: BTreeMap<String, u64>,
    file: Option<std::io::BufWriter<std::fs::File>>,
}

impl Ledger {
    /// An empty ledger; every entry is appended to `file` too, if one is given.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn new(file: Option<&Path>) -> Result<Self> {
        let file = match file {
            Some(path) => {
                if let Some(folder) = path.parent() {
                    std::fs::create_dir_all(folder)?;
                }
                let file = std::fs::File::create(path).with_context(|| path.display().to_string())?;
                Some(std::io::BufWriter::new(file))
            }
            None => None,
        };
        Ok(Self { started: Instant::now(), inner: Mutex::new(Inner { file, ..Inner::default() }) })
    }

    /// Time since the ledger was opened; the clock of every entry.
    pub fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// Adds what one transaction came to.
    pub fn record(&self, entry: Entry) {
        let mut inner = self.lock();
        if let Some(state) = &entry.error {
            *inner.errors.entry(state.clone()).or_default() += 1;
        }
        if let Some(file) = &mut inner.file {
            // A full disk must not stop the writers: the ledger in memory is the one that is verified.
            writeln!(file, "{entry}").ok();
        }
        inner.acknowledged += usize::from(entry.outcome == Outcome::Acknowledged);
        inner.entries.push(entry);
    }

    /// Counts an error that belongs to no transaction, such as a refused connection.
    pub fn error(&self, state: &str) {
        *self.lock().errors.entry(state.to_owned()).or_default() += 1;
    }

    /// A copy of all entries, in the order in which they ended.
    pub fn entries(&self) -> Vec<Entry> {
        self.lock().entries.clone()
    }

    /// Errors by SQLSTATE, or by a word where no server answered.
    pub fn errors(&self) -> BTreeMap<String, u64> {
        self.lock().errors.clone()
    }

    /// Numbers for a live view: acknowledged, errors.
    pub fn totals(&self) -> (usize, u64) {
        let inner = self.lock();
        (inner.acknowledged, inner.errors.values().sum())
    }

    /// Figures over all entries.
    pub fn report(&self) -> Report {
        Report::new(self.entries(), self.errors())
    }

    /// Writes what is buffered to the file.
    pub fn flush(&self) {
        if let Some(file) = &mut self.lock().file {
            file.flush().ok();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A writer that panicked has not left an entry half written: the entry is pushed last.
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Writers at work; they end when stopped or dropped.
pub struct Writers {
    /// What they were told.
    pub ledger: Arc<Ledger>,
    stop: Arc<AtomicBool>,
    tasks: JoinSet<()>,
}

impl Writers {
    /// Starts the clients against one address.
    pub fn start(target: &Target, load: Load, ledger: Arc<Ledger>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        for client in load.first..load.first + load.clients {
            tasks.spawn(client::run(client::Client::new(client, load, target.clone(), ledger.clone(), stop.clone())));
        }
        Self { ledger, stop, tasks }
    }

    /// Lets every client finish the transaction in its hands, then ends it.
    pub async fn stop(mut self) -> Arc<Ledger> {
        self.stop.store(true, Ordering::Relaxed);
        while self.tasks.join_next().await.is_some() {}
        self.ledger.flush();
        self.ledger.clone()
    }

    /// Waits until at least `count` more writes are acknowledged.
    ///
    /// # Errors
    /// They are not within the deadline.
    pub async fn more(&self, count: usize, deadline: Duration) -> Result<()> {
        let goal = self.ledger.totals().0 + count;
        let end = Instant::now() + deadline;
        while self.ledger.totals().0 < goal {
            anyhow::ensure!(
                Instant::now() < end,
                "the writers got fewer than {count} acknowledgements in {} s; errors so far: {:?}",
                deadline.as_secs(),
                self.ledger.errors()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }
}
