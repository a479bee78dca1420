//! The live view: one line that is rewritten every second on a terminal, plain lines where there is none.
use std::{cell::Cell, io::IsTerminal, io::Write, sync::Arc, time::Duration};

use anyhow::Result;
use verdigris_e2e::{cluster::Migration, ledger::Ledger};

/// What is shown while something is waited for.
pub struct View<'a> {
    migration: &'a Migration,
    ledger: Arc<Ledger>,
    terminal: bool,
    rate: Cell<Rate>,
}

/// Writes a second, over the last second or a little more.
#[derive(Clone, Copy, Default)]
struct Rate {
    written: usize,
    at: Duration,
    per_second: u128,
}

impl<'a> View<'a> {
    pub fn new(migration: &'a Migration, ledger: Arc<Ledger>) -> Self {
        let rate = Rate { written: ledger.totals().0, at: ledger.now(), per_second: 0 };
        Self { migration, ledger, terminal: std::io::stdout().is_terminal(), rate: Cell::new(rate) }
    }

    /// Shows the run until `work` is done.
    pub async fn during<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::pin!(work);
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        let mut shown = String::new();
        let mut quiet = 0;
        loop {
            tokio::select! {
                done = &mut work => {
                    self.line(&self.state());
                    if self.terminal { println!(); }
                    return done;
                }
                _ = ticks.tick() => {
                    let text = self.state();
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

    /// A shorter while than a second would show chance, not a rate.
    fn per_second(&self, written: usize, now: Duration) -> u128 {
        let last = self.rate.get();
        let millis = now.saturating_sub(last.at).as_millis();
        if millis < 900 {
            return last.per_second;
        }
        let per_second = (written.saturating_sub(last.written) as u128) * 1000 / millis;
        self.rate.set(Rate { written, at: now, per_second });
        per_second
    }

    fn state(&self) -> String {
        let (written, errors) = self.ledger.totals();
        let now = self.ledger.now();
        let rate = self.per_second(written, now);
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
