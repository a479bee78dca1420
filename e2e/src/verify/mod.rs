//! The comparison: what the writers were told against what both databases hold, by SQL of its own on each side.
//!
//! It must not ask the operator, its schema or a status for anything, and it must not go through the client Service.
mod content;
mod rows;

use std::{collections::HashSet, fmt, time::Duration};

use anyhow::{Context, Result, ensure};

use crate::{
    ledger::{Entry, Ledger, Outcome},
    pg::{Target, told},
};

/// What the other side has to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Other {
    /// A stream keeps it in step: all that the live side holds.
    InStep,
    /// It stands still since the writers left it, at this time of the ledger's clock: all that was acknowledged before.
    FrozenAt(Duration),
}

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Writes that were acknowledged.
    pub acknowledged: usize,
    /// Writes whose fate the client could not know.
    pub ambiguous: usize,
    /// Acknowledged writes that a side lacks.
    pub lost: usize,
    /// Writes that a side holds more than once, and numbers that a sequence gave out twice.
    pub duplicated: usize,
    /// Rows that differ between the sides, from what was acknowledged, or that nobody was told of; balances that do not add up.
    pub divergent: usize,
    /// Tables and rows compared on both sides.
    pub compared: (usize, u64),
    /// Tables that only one side has by right: green's new ones.
    pub one_sided: Vec<String>,
    /// The first few differences, in words.
    pub problems: Vec<String>,
}

impl Verdict {
    /// Nothing lost, nothing twice, nothing different.
    pub fn clean(&self) -> bool {
        self.lost == 0 && self.duplicated == 0 && self.divergent == 0
    }

    /// The verdict as an error if it is not clean.
    ///
    /// # Errors
    /// Something is lost, twice or different.
    pub fn check(&self) -> Result<()> {
        ensure!(self.clean(), "{self}\n  {}", self.problems.join("\n  "));
        ensure!(self.acknowledged > 0, "nothing was acknowledged, so nothing is proved");
        Ok(())
    }

    fn problem(&mut self, what: impl Into<String>) {
        if self.problems.len() < 20 {
            self.problems.push(what.into());
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lost {}, duplicated {}, divergent {}", self.lost, self.duplicated, self.divergent)
    }
}

/// Compares the ledger with `live`, where the writers write, and with `other`.
///
/// # Errors
/// A side cannot be read: then there is no verdict.
pub async fn verify(ledger: &Ledger, live: &Target, other: &Target, expect: Other) -> Result<Verdict> {
    let mut verdict = Verdict::default();
    let entries = ledger.entries();
    let (here, there) = futures::try_join!(rows::Rows::read(live), rows::Rows::read(other))?;
    for entry in &entries {
        match entry.outcome {
            Outcome::Acknowledged => verdict.acknowledged += 1,
            Outcome::Ambiguous => verdict.ambiguous += 1,
            Outcome::Refused => {}
        }
        entry_on_both(&mut verdict, entry, &here, &there, expect);
    }
    unknown_rows(&mut verdict, &entries, &here, &there);
    told_twice(&mut verdict, &entries);
    for side in [live, other] {
        one_side(&mut verdict, side).await?;
    }
    let skip: &[&str] = if expect == Other::InStep { &[] } else { &crate::shop::HOT };
    content::compare(&mut verdict, live, other, skip).await?;
    Ok(verdict)
}

/// Compares every shared table of both sides, where no ledger was kept.
///
/// # Errors
/// A side cannot be read, or a row differs.
pub async fn same_content(live: &Target, other: &Target) -> Result<Verdict> {
    let mut verdict = Verdict::default();
    content::compare(&mut verdict, live, other, &[]).await?;
    ensure!(verdict.clean(), "{verdict}\n  {}", verdict.problems.join("\n  "));
    ensure!(verdict.compared.0 > 0, "nothing was compared, so nothing is proved");
    Ok(verdict)
}

/// Waits until what `live` holds now has reached `other`: a row of ours is written on one and awaited on the other.
///
/// # Errors
/// It does not arrive within the deadline, or `live` refuses it.
pub async fn settle(live: &Target, other: &Target, deadline: Duration) -> Result<()> {
    let mark = uuid::Uuid::new_v4().to_string();
    let write = format!("INSERT INTO shop.journal (client, seq, what) VALUES (-1, 0, '{mark}')");
    live.run(&write).await.with_context(|| format!("writing a mark on {}", live.place()))?;
    let reader = other.session().await?;
    let end = tokio::time::Instant::now() + deadline;
    while reader.query_opt("SELECT 1 FROM shop.journal WHERE what = $1", &[&mark]).await.map_err(told)?.is_none() {
        ensure!(
            tokio::time::Instant::now() < end,
            "what {} holds has not reached {} in {} s",
            live.place(),
            other.place(),
            deadline.as_secs()
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

fn entry_on_both(verdict: &mut Verdict, entry: &Entry, live: &rows::Rows, other: &rows::Rows, expect: Other) {
    let key = (entry.client, entry.seq);
    let name = format!("client {} seq {} ({:?})", entry.client, entry.seq, entry.outcome);
    // A write that the frozen side need not have: it ended after the writers had left, on the server they went to.
    let optional = matches!(expect, Other::FrozenAt(at) if entry.ended >= at && entry.server != other.server);
    let (here, there) = (live.count(key), other.count(key));
    for (count, side) in [(here, live), (there, other)] {
        let free = optional && std::ptr::eq(side, other);
        if count.most > 1 {
            verdict.duplicated += count.most - 1;
            verdict.problem(format!("{name}: {} times on {}", count.most, side.name));
        }
        match entry.outcome {
            Outcome::Acknowledged if count.least == 0 && !free => {
                verdict.lost += 1;
                verdict.problem(format!("{name}: acknowledged by {}, not on {}", entry.server, side.name));
            }
            Outcome::Refused if count.most > 0 => {
                verdict.divergent += 1;
                verdict.problem(format!("{name}: refused, but on {}", side.name));
            }
            _ => {}
        }
        if count.least != count.most {
            verdict.divergent += 1;
            verdict.problem(format!("{name}: half of the transaction on {}", side.name));
        }
        if entry.outcome == Outcome::Acknowledged && !side.says(key, entry) {
            verdict.divergent += 1;
            verdict.problem(format!("{name}: {} does not hold what was acknowledged", side.name));
        }
    }
    if entry.outcome == Outcome::Ambiguous && here.least != there.least && !optional {
        verdict.divergent += 1;
        verdict.problem(format!("{name}: on one side only"));
    }
    if here.least > 0 && there.least > 0 && !live.same(other, key) {
        verdict.divergent += 1;
        verdict.problem(format!("{name}: not the same row on both sides"));
    }
}

fn unknown_rows(verdict: &mut Verdict, entries: &[Entry], live: &rows::Rows, other: &rows::Rows) {
    let known: HashSet<(i32, i64)> = entries.iter().map(|entry| (entry.client, entry.seq)).collect();
    for side in [live, other] {
        for key in side.keys().filter(|key| !known.contains(key)) {
            verdict.divergent += 1;
            verdict.problem(format!("client {} seq {}: on {}, but nobody wrote it", key.0, key.1, side.name));
        }
    }
}

/// Numbers of a sequence that two acknowledged writes were given.
fn told_twice(verdict: &mut Verdict, entries: &[Entry]) {
    for (place, sequence) in ["id", "number", "countdown"].into_iter().enumerate() {
        let mut seen = HashSet::new();
        for entry in entries.iter().filter(|entry| entry.outcome == Outcome::Acknowledged) {
            let Some(number) = entry.numbers.as_ref().and_then(|numbers| numbers.get(place)) else { continue };
            if !seen.insert(*number) {
                verdict.duplicated += 1;
                verdict.problem(format!(
                    "client {} seq {}: {sequence} {number} was given out before",
                    entry.client, entry.seq
                ));
            }
        }
    }
}

/// What each side must be in itself.
async fn one_side(verdict: &mut Verdict, side: &Target) -> Result<()> {
    let session = side.session().await?;
    for row in session.query(include_str!("sql/accounts.sql"), &[]).await.map_err(told)? {
        verdict.divergent += 1;
        verdict.problem(format!(
            "account {}: its balance is not the sum of its entries on {}",
            row.get::<_, i32>(0),
            side.place()
        ));
    }
    for row in session.query(include_str!("sql/sequences.sql"), &[]).await.map_err(told)? {
        let (what, repeated): (String, i64) = (row.get(0), row.get(1));
        let repeated = usize::try_from(repeated).unwrap_or(0);
        if repeated > 0 {
            verdict.duplicated += repeated;
            verdict.problem(format!("{what}: {repeated} numbers given out twice on {}", side.place()));
        }
    }
    Ok(())
}
