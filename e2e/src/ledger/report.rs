//! Figures of a ledger: rates, errors, the write gap, and whether writes ever went to two servers at the same time.
use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use super::{Entry, Outcome};

/// A time without any acknowledged write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gap {
    /// The acknowledgement before it, on the ledger's clock.
    pub from: Duration,
    /// The acknowledgement after it.
    pub to: Duration,
}

impl Gap {
    /// Its length.
    pub fn length(&self) -> Duration {
        self.to.saturating_sub(self.from)
    }
}

/// Figures over the entries of a ledger.
#[derive(Debug)]
pub struct Report {
    /// Entries in the order in which they ended.
    pub entries: Vec<Entry>,
    /// Errors by SQLSTATE or word.
    pub errors: BTreeMap<String, u64>,
}

impl Report {
    pub(super) fn new(mut entries: Vec<Entry>, errors: BTreeMap<String, u64>) -> Self {
        entries.sort_by_key(|entry| entry.ended);
        Self { entries, errors }
    }

    /// How many entries came out so.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.entries.iter().filter(|entry| entry.outcome == outcome).count()
    }

    /// Longest time between two acknowledgements of any client, among those that end after `from` and begin before `to`.
    pub fn gap(&self, from: Duration, to: Duration) -> Gap {
        longest(self.acknowledged().map(|entry| entry.ended), from, to)
    }

    /// Longest such time of any single client.
    pub fn client_gap(&self, from: Duration, to: Duration) -> Gap {
        let mut clients: HashMap<i32, Vec<Duration>> = HashMap::new();
        for entry in self.acknowledged() {
            clients.entry(entry.client).or_default().push(entry.ended);
        }
        clients
            .into_values()
            .map(|times| longest(times.into_iter(), from, to))
            .max_by_key(Gap::length)
            .unwrap_or_default()
    }

    /// Acknowledged transactions a second over a stretch of time.
    pub fn rate(&self, from: Duration, to: Duration) -> u64 {
        let count = self.acknowledged().filter(|entry| entry.ended >= from && entry.ended < to).count() as u128;
        let millis = to.saturating_sub(from).as_millis().max(1);
        u64::try_from(count * 1000 / millis).unwrap_or(u64::MAX)
    }

    /// Servers in the order in which they took over, each with its first acknowledgement. With one writer at a time and n
    /// switchovers there are n + 1; an entry that was begun before the takeover still belongs to the server before.
    pub fn reigns(&self) -> Vec<(String, Duration)> {
        let mut reigns: Vec<(String, Duration)> = Vec::new();
        for entry in self.acknowledged() {
            match reigns.last() {
                Some((server, since)) if *server == entry.server || entry.begun < *since => {}
                _ => reigns.push((entry.server.clone(), entry.ended)),
            }
        }
        reigns
    }

    /// The acknowledged entries, in the order in which they ended.
    pub fn acknowledged(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.outcome == Outcome::Acknowledged)
    }
}

fn longest(times: impl Iterator<Item = Duration>, from: Duration, to: Duration) -> Gap {
    let mut worst = Gap::default();
    let mut last: Option<Duration> = None;
    for time in times {
        if let Some(before) = last.replace(time) {
            let gap = Gap { from: before, to: time };
            if time >= from && before <= to && gap.length() > worst.length() {
                worst = gap;
            }
        }
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(client: i32, begun: u64, ended: u64, server: &str) -> Entry {
        Entry {
            client,
            seq: i64::try_from(ended).unwrap(),
            outcome: Outcome::Acknowledged,
            account: 1,
            amount: 1,
            begun: Duration::from_millis(begun),
            ended: Duration::from_millis(ended),
            server: server.into(),
            numbers: None,
            error: None,
        }
    }

    fn report(entries: Vec<Entry>) -> Report {
        Report::new(entries, BTreeMap::new())
    }

    #[test]
    fn the_gap_is_the_longest_time_without_an_acknowledgement() {
        let r =
            report(vec![entry(0, 0, 10, "b"), entry(1, 5, 20, "b"), entry(0, 100, 150, "g"), entry(1, 150, 160, "g")]);
        assert_eq!(r.gap(Duration::ZERO, Duration::from_secs(1)).length(), Duration::from_millis(130));
        assert_eq!(r.client_gap(Duration::ZERO, Duration::from_secs(1)).length(), Duration::from_millis(140));
        assert_eq!(r.gap(Duration::from_millis(155), Duration::from_secs(1)).length(), Duration::from_millis(10));
    }

    #[test]
    fn a_late_reply_of_the_old_server_is_no_second_reign() {
        let r = report(vec![entry(0, 0, 10, "b"), entry(1, 15, 30, "g"), entry(2, 9, 31, "b"), entry(0, 32, 40, "g")]);
        assert_eq!(r.reigns().len(), 2);
    }

    #[test]
    fn a_write_begun_on_the_old_server_after_the_takeover_is_seen() {
        let r = report(vec![entry(0, 0, 10, "b"), entry(1, 15, 30, "g"), entry(2, 31, 33, "b"), entry(0, 34, 40, "g")]);
        assert_eq!(r.reigns().len(), 4);
    }
}
