//! The page of the docs that says what was explored and found.
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use verdigris_core::switchover::Step;

use crate::Hunted;
use crate::cover::{self, Fault, Place};
use crate::covered::{Covered, SEEN};
use crate::defects::Defect;
use crate::scenario::Scenario;
use crate::search::Found;
use crate::table::Told;

const HEAD: &str = "# What was explored

<!-- Written by `UPDATE=1 cargo test -p verdigris-core --test exploration`; not by hand. -->

A small world of two databases, a Service, operators and clients, in which the code that runs in production decides, and in which anything can
go wrong between any two messages: a process dies, freezes or is overtaken, a message is lost, late or there twice, or its answer is lost, a
server dies with what it had not flushed, a physical standby lags or is gone, a stream is turned off, another manager moves the Service, an
operator sees the object, the Service or a record as it was and not as it is. In every state: at most one side accepts writes (I1),
every acknowledged write is durable on the side that does (I2), no row is brought twice (I3), the streams are never active together (I4),
and nobody acts with an old epoch (I6). From every state, if nothing goes wrong any more, some way leads to rest: one writer, the Service at
it, everything carried, and nothing left over (I8, I9).

What recovery sweeps from a side is one message.
Not in this world: failovers and restores, movers, several databases (a run moves one), poolers, budgets of WAL, what SQL itself may get wrong,
and another manager that moves the Service between the last look of a run and its end. The statements that the model stands for are tried on
real servers by the integration tests, and killed at every step there; the model's own ways are not yet gone on real servers.

Too many states to look at each, so they are only walked through at random: two operators that take their epochs at once for a switchover; two operators
of which one is in a switchover while a server dies; three faults, and those pairs of faults that no line below names. That two operators take
their epochs at once, and a server dies too, is looked at in every state where a run ends.
";

const FAULTS: &str = "
## What went wrong, and where

How often each happened, over all states: the operator dies before a message is sent or after it was done; a server dies; a message is not
sent, its answer is lost, it arrives late, or twice; a step takes too long. –: it cannot. A message that changes nothing is as if it had not been
sent; a lock ends with its session and is never late; and only an attempt has a time by which it must be done.
";

const THEN: &str = "
What the recovery table says right after that:
";

/// What could happen and never did.
pub fn gaps(explored: &[(Scenario, Found)]) -> Vec<String> {
    let covered = all(explored);
    let missing =
        |(place, fault): &(Place, Fault)| fault.possible(*place) && !covered.faults.contains_key(&(*place, *fault));
    let cells = places().into_iter().flat_map(|place| Fault::ALL.map(|fault| (place, fault)));
    let unseen = SEEN.into_iter().filter(|what| !covered.seen.contains_key(what)).map(str::to_owned);
    cells.filter(missing).map(|(place, fault)| format!("{place}: {}", fault.as_str())).chain(unseen).collect()
}

fn all(explored: &[(Scenario, Found)]) -> Covered {
    let mut all = Covered::default();
    explored.iter().for_each(|(_, found)| all.add(&found.covered));
    all
}

/// Every place at which something is said.
fn places() -> Vec<Place> {
    let steps = Step::ALL.iter().map(|step| Place::Step(*step)).filter(|place| !cover::messages(*place).is_empty());
    steps.chain(cover::lines()).chain(cover::ACTIONS.map(Place::Action)).collect()
}

/// Holds the page against its file; `UPDATE=1` writes it.
pub fn check(explored: &[(Scenario, Found)], walked: &[(Scenario, usize)], found: &[Option<Hunted>]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/explored.md");
    let text = page(explored, walked, found);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "{} differs from what is explored now; UPDATE=1 writes it anew", path.display());
}

fn page(explored: &[(Scenario, Found)], walked: &[(Scenario, usize)], found: &[Option<Hunted>]) -> String {
    let mut text = HEAD.to_owned();
    let sum: usize = explored.iter().map(|(_, found)| found.states).sum();
    let _ =
        writeln!(text, "\n## Every state\n\n{sum} states; none breaks an invariant, and every one leads to rest.\n");
    text.push_str("| what | states | steps | at rest | longest way |\n|---|---:|---:|---:|---:|\n");
    for (scenario, found) in explored {
        let Found { states, steps, settled, depth, .. } = found;
        let _ = writeln!(text, "| {} | {states} | {steps} | {settled} | {depth} |", scenario.name);
    }
    text.push_str("\nRows of the recovery table that were decided by:");
    let mut rows = BTreeMap::<Told, usize>::new();
    for (row, times) in explored.iter().flat_map(|(_, found)| &found.rows) {
        *rows.entry(*row).or_default() += times;
    }
    let rows: Vec<String> = rows.iter().map(|(row, times)| format!("{} {times}", row.as_str())).collect();
    let _ = writeln!(
        text,
        " {}. Two sides that are both open, and records changed by hand, need a failover or a hand.",
        rows.join(", ")
    );
    text.push_str("\n## Walks\n\nWhere there are too many states to look at each: random, from seeds.\n\n| what | steps |\n|---|---:|\n");
    for (scenario, steps) in walked {
        let _ = writeln!(text, "| {} | {steps} |", scenario.name);
    }
    faults(&mut text, explored);
    text.push_str("\n## Defects\n\nEach piece is taken out in turn, and the exploration must say so. The stories are in `operator/core/tests/transcripts/exploration`, one a file.\n\n| what is missing | what it breaks first | found in |\n|---|---|---|\n");
    for (defect, found) in Defect::ALL.iter().zip(found) {
        let (place, what) = found.as_ref().map_or(("", ""), |it| (it.place, it.what.as_str()));
        let _ = writeln!(text, "| {} | {what} | {place} |", defect.says());
    }
    text
}

fn faults(text: &mut String, explored: &[(Scenario, Found)]) {
    let covered = all(explored);
    text.push_str(FAULTS);
    let names = Fault::ALL.map(Fault::as_str).join(" | ");
    let line = |first: &str| format!("| {first} | {names} |\n|---|{}\n", "---:|".repeat(Fault::ALL.len()));
    let mut last = None;
    for place in places() {
        let kind = match place {
            Place::Step(_) => "step of a switchover",
            Place::Reads | Place::Row(..) => "recovery: row, and line of it",
            Place::Action(_) => "other action",
        };
        if last.replace(kind) != Some(kind) {
            let _ = write!(text, "\n{}", line(kind));
        }
        let cell = |fault: Fault| match covered.faults.get(&(place, fault)) {
            _ if !fault.possible(place) => "–".to_owned(),
            times => times.copied().unwrap_or(0).to_string(),
        };
        let _ = writeln!(text, "| {place} | {} |", Fault::ALL.map(cell).join(" | "));
    }
    let _ = writeln!(text, "\n| what was so | times |\n|---|---:|");
    for what in SEEN {
        let _ = writeln!(text, "| {what} | {} |", covered.seen.get(what).copied().unwrap_or(0));
    }
    text.push_str(THEN);
    let _ = write!(text, "\n{}", line("step"));
    for place in places().into_iter().filter(|place| matches!(place, Place::Step(_))) {
        let cell = |fault: Fault| {
            let told = Told::ALL.into_iter().filter(|told| covered.then.contains_key(&(place, fault, *told)));
            told.map(Told::as_str).collect::<Vec<_>>().join(", ")
        };
        let _ = writeln!(text, "| {place} | {} |", Fault::ALL.map(cell).join(" | "));
    }
}
