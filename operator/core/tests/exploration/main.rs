//! The protocol, explored: a small world of two databases, a Service, operators and clients, in which the production code decides —
//! `decide`, the machine of the switchover, the recovery table, what an end and a move of the Service presume — and anything can go wrong
//! between any two messages. Every state within the bounds is looked at, and beyond them long random walks are taken. What was found is a
//! page of the docs. `UPDATE=1 cargo test -p verdigris-core --test exploration` writes it anew.
//!
//! Not in this world: failovers and restores, movers, several databases, poolers, and what SQL itself may get wrong.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that panics is a test that fails"
)]
mod api;
mod attempt;
mod budget;
mod call;
mod converge;
mod cover;
mod covered;
#[path = "../decide_support/mod.rs"]
mod decide_support;
mod defects;
mod events;
mod invariants;
mod look;
mod moves;
mod operator;
mod page;
mod recovery;
mod row;
mod scenario;
mod search;
mod server;
mod start;
mod steps;
mod story;
mod table;
mod tasks;
mod transcripts;
mod walks;
mod world;

use std::iter;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use defects::Defect;
use scenario::{Scenario, closed, hunts, walked};
use search::{Counterexample, Found, explore};

/// More states than any closed scenario has.
const ALL: usize = 10_000_000;
/// A defect that is not found within so many states is looked for elsewhere.
const SOME: usize = 500_000;
/// Walks for each kind.
const WALKS: u64 = 20_000;
/// Walks within which a defect must show.
const HUNT: u64 = 60_000;

#[test]
fn what_is_explored_holds_and_every_defect_is_found() {
    let (explored, (taken, found)) = thread::scope(|threads| {
        let explored = threads.spawn(every_state);
        let others = threads.spawn(|| (walks(), Defect::ALL.iter().map(|defect| found(*defect)).collect::<Vec<_>>()));
        (explored.join().unwrap(), others.join().unwrap())
    });
    let gaps = page::gaps(&explored);
    assert!(gaps.is_empty(), "never happened in any exploration: {gaps:?}");
    let missed: Vec<_> = Defect::ALL.iter().zip(&found).filter(|(_, found)| found.is_none()).collect();
    assert!(missed.is_empty(), "defects that nothing found: {missed:?}");
    transcripts::check(&found);
    page::check(&explored, &taken, &found);
}

/// Every state of every closed scenario; each must keep the invariants, and come to rest. Two at a time.
fn every_state() -> Vec<(Scenario, Found)> {
    let left = Mutex::new(closed().into_iter().enumerate());
    let next = || left.lock().unwrap().next();
    let work = || iter::from_fn(next).map(|(at, scenario)| (at, states_of(scenario))).collect::<Vec<_>>();
    let mut all = thread::scope(|threads| {
        let other = threads.spawn(work);
        [work(), other.join().unwrap()].concat()
    });
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, found)| found).collect()
}

fn states_of(scenario: Scenario) -> (Scenario, Found) {
    let began = Instant::now();
    let found = explore(&scenario.start(None), scenario.rules, ALL);
    println!("{}: {} states, {:.1} s", scenario.name, found.states, began.elapsed().as_secs_f32());
    if let Some(it) = found.broken.as_ref().or(found.stuck.as_ref()) {
        transcripts::land(scenario.name, &it.story);
        panic!("{}: {}", scenario.name, it.story);
    }
    assert!(found.states < ALL, "{} is not closed", scenario.name);
    (scenario, found)
}

/// Steps of the walks of each kind.
fn walks() -> Vec<(Scenario, usize)> {
    let one = |scenario: Scenario| {
        let start = scenario.start(None);
        let steps = (0..WALKS).map(|seed| match walks::walk(&start, scenario.rules, seed) {
            Ok(steps) => steps,
            Err(it) => {
                transcripts::land(scenario.name, &it.story);
                panic!("{}: {}", scenario.name, it.story)
            }
        });
        let steps = steps.sum();
        (scenario, steps)
    };
    walked().into_iter().map(one).collect()
}

/// How a defect shows.
#[derive(Debug)]
pub struct Hunted {
    /// The scenario.
    pub place: &'static str,
    /// What it breaks.
    pub what: String,
    pub story: String,
}

/// Where a defect shows first.
fn found(defect: Defect) -> Option<Hunted> {
    let told = |place, it: Counterexample| Hunted { place, what: it.what, story: it.story };
    for scenario in hunts() {
        let found = explore(&scenario.start(Some(defect)), scenario.rules, SOME);
        if let Some(it) = found.broken.or(found.stuck) {
            return Some(told(scenario.name, it));
        }
    }
    for scenario in walked() {
        let start = scenario.start(Some(defect));
        let bad = (0..HUNT).find_map(|seed| walks::walk(&start, scenario.rules, seed).err());
        if let Some(it) = bad {
            return Some(told(scenario.name, it));
        }
    }
    None
}
