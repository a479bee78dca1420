//! The live view: one line that is rewritten every second on a terminal, plain lines where there is none.
use std::{io::IsTerminal, io::Write, sync::Arc, time::Duration};

use anyhow::Result;
use verdigris_e2e::{cluster::Migration, ledger::Ledger};

/// What is shown while something is waited for.
pub struct View<'a> {
    migration: &'a Migration,
    ledger: Arc<Ledger>,
    terminal: bool,
}

impl<'a> View<'a> {
    pub fn new(migration: &'a Migration, ledger: Arc<Ledger>) -> Self {
        Self { migration, ledger, terminal: std::io::stdout().is_terminal() }
    }

    /// Shows the run until `work` is done.
    pub async fn during<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::pin!(work);
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        let mut before = (self.ledger.totals().0, self.ledger.now());
        let mut shown = String::new();
        let mut quiet = 0;
        loop {
            tokio::select! {
                done = &mut work => {
                    self.line(&self.state(&mut before));
                    if self.terminal { println!(); }
                    return done;
                }
                _ = ticks.tick() => {
                    let text = self.state(&mut before);
                    let phase = self.migration.seen().phase();
                    // Where lines stay, only what is new is worth one; every tenth second in any case.
                    if self.terminal || phase != shown || quiet >= 9 {
                        self.line(&text);
                        quiet = 0;
                    } else {
                        quiet += 1;
                    }
                    shown = phase;
                }
            }
        }
    }

    fn line(&self, text: &str) {
        if self.terminal {
            print!("\r\x1b[2K{text}");
            std::io::stdout().flush().ok();
        } else {
            println!("{text}");
        }
    }

    fn state(&self, before: &mut (usize, Duration)) -> String {
        let (written, errors) = self.ledger.totals();
        let now = self.ledger.now();
        let millis = now.saturating_sub(before.1).as_millis().max(1);
        let rate = (written.saturating_sub(before.0) as u128) * 1000 / millis;
        *before = (written, now);
        let status = self.migration.seen().status();
        let lag =
            status.lag.and_then(|lag| lag.bytes).map_or_else(|| "-".into(), |bytes| format!("{} KiB", bytes >> 10));
        let writer = status.writer.map_or_else(|| "nobody".into(), |side| side.to_string());
        format!(
            "  {:>4}s  {:<17} {:<18} {:<12} lag {lag:<9} writer {writer:<6} {rate:>4} writes/s  errors {errors}",
            now.as_secs(),
            status.phase.unwrap_or_default(),
            status.step.unwrap_or_default(),
            status.progress.unwrap_or_default(),
        )
    }
}
