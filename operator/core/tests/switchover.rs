//! The switchover machine by transcripts: what it commands, told what, one file a story.
//! `UPDATE=1 cargo test -p verdigris-core --test switchover` writes them anew.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that panics is a test that fails")]
mod switchover_story;

use std::path::PathBuf;

use switchover_story::Story;
use verdigris_core::switchover::{Command, Failure, Outcome, Region, Step};
use verdigris_crds::Side;

fn stories() -> Vec<(&'static str, Story)> {
    [until_the_close(), from_the_close_on(), with_poolers()].into_iter().flatten().collect()
}

fn until_the_close() -> Vec<(&'static str, Story)> {
    use Failure::{Busy, Refused};
    vec![
        ("claim-lost", Story::new("Another operator is quicker").odd(Step::Claim, 1, 20, Some(Refused))),
        ("cutover", Story::new("A cutover without incident")),
        ("rollback", Story { from: Side::Green, ..Story::new("A rollback: the same, from green") }),
        (
            "hold-third-try",
            Story::new("The gate is busy twice").odd(Step::Hold, 1, 150, Some(Busy)).odd(
                Step::Hold,
                2,
                150,
                Some(Busy),
            ),
        ),
        (
            "hold-never",
            Story::new("The gate is always busy: patience ends").odd(Step::Quiet, 0, 2_000, None).odd(
                Step::Hold,
                0,
                150,
                Some(Busy),
            ),
        ),
        (
            "not-covered",
            Story::new("A table is not carried: writers go on at once").odd(Step::Coverage, 1, 15, Some(Refused)),
        ),
        ("drain-too-slow", Story::new("The other side does not catch up").odd(Step::Drain, 1, 3_500, Some(Refused))),
        (
            "too-late-for-close",
            Story::new("Everything works, but too slowly").odd(Step::Drain, 1, 3_400, None).odd(
                Step::Proof,
                1,
                200,
                None,
            ),
        ),
        ("small-budget", Story { budget: 1_000, ..Story::new("The smallest budget") }.odd(Step::Drain, 1, 640, None)),
    ]
}

fn from_the_close_on() -> Vec<(&'static str, Story)> {
    use Failure::{Busy, Lost, Refused};
    vec![
        ("close-refused", Story::new("The close is refused: it did not happen").odd(Step::Close, 1, 3, Some(Refused))),
        (
            "close-lost",
            Story::new("The answer to the close is lost: only the databases know").odd(Step::Close, 1, 3, Some(Lost)),
        ),
        (
            "standby-late",
            Story::new("A standby of from is late: from opens again").odd(Step::CloseStandbys, 1, 1_000, Some(Refused)),
        ),
        (
            "reopen-lost",
            Story::new("And the answer to that is lost").odd(Step::CloseStandbys, 1, 1_000, Some(Refused)).odd(
                Step::Reopen,
                1,
                9,
                Some(Lost),
            ),
        ),
        (
            "open-refused",
            Story::new("The other side does not open: both are closed, recovery decides").odd(
                Step::Open,
                1,
                3,
                Some(Refused),
            ),
        ),
        (
            "service-changes",
            Story::new("The Service changes under us, twice").odd(Step::Flip, 1, 3, Some(Busy)).odd(
                Step::Flip,
                2,
                3,
                Some(Busy),
            ),
        ),
        ("service-gone", Story::new("The Service cannot be changed").odd(Step::Flip, 1, 30, Some(Lost))),
        (
            "not-settled",
            Story::new("Endpoints follow late: no reason to stop").odd(Step::Settle, 1, 5_000, Some(Refused)),
        ),
        ("abort-before", Story { abort: Some(Step::Arm), ..Story::new("Stopped on request while preparing") }),
        ("abort-held", Story { abort: Some(Step::Proof), ..Story::new("Stopped on request in the hold") }),
        (
            "abort-too-late",
            Story { abort: Some(Step::Close), ..Story::new("Asked to stop when from is closed: it goes on") },
        ),
    ]
}

fn with_poolers() -> Vec<(&'static str, Story)> {
    use Failure::{Busy, Lost, Refused};
    vec![
        (
            "poolers",
            Story {
                poolers: true,
                ..Story::new("Poolers hold their clients, and let them go on when the Service leads there")
            },
        ),
        (
            "poolers-late",
            Story {
                poolers: true,
                ..Story::new("A pooler does not hold its clients in time: all go on where they were")
            }
            .odd(Step::PausePoolers, 1, 3_500, Some(Lost)),
        ),
        (
            "poolers-never-calm",
            Story {
                poolers: true,
                ..Story::new(
                    "A long transaction runs through a pooler: nobody is held for it, and the attempt is given up",
                )
            }
            .odd(Step::Quiet, 1, 18_000, Some(Refused)),
        ),
        (
            "poolers-calm-late",
            Story {
                poolers: true,
                ..Story::new("The same, and it ends: nobody was held meanwhile, so it does not count")
            }
            .odd(Step::Quiet, 1, 17_000, None),
        ),
        (
            "poolers-and-a-busy-gate",
            Story {
                poolers: true,
                ..Story::new("Poolers hold, and a client past them keeps the gate: tries end with the budget")
            }
            .odd(Step::PausePoolers, 1, 300, None)
            .odd(Step::Hold, 0, 150, Some(Busy)),
        ),
    ]
}

#[test]
fn transcripts_are_as_written() {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts/switchover");
    let stories = stories();
    for (name, story) in &stories {
        let (text, ..) = story.run();
        let file = dir.join(format!("{name}.txt"));
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(&dir).unwrap();
            std::fs::write(&file, &text).unwrap();
        }
        let written = std::fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(written, text, "{}: run with UPDATE=1 and read the difference", file.display());
    }
    let files = std::fs::read_dir(&dir).unwrap().count();
    assert_eq!(files, stories.len(), "a transcript without a story");
}

#[test]
fn any_failure_anywhere_ends_in_an_outcome_that_fits_its_region() {
    let poolers = || Story { poolers: true, ..Story::new("any") };
    for step in Step::ALL.iter().copied().filter(|step| *step != Step::Reopen) {
        for failure in [Failure::Busy, Failure::Refused, Failure::Lost] {
            let (text, outcome, commands) = poolers().odd(step, 0, 1, Some(failure)).run();
            let did = |wanted: Step| {
                commands.iter().any(|command| matches!(command, Command::Do { step, .. } if *step == wanted))
            };
            let fits = match (step.region(), &outcome) {
                // It was never closed, so nothing may be opened.
                (Region::Before | Region::Held, Outcome::Aborted(_)) => !did(Step::Close),
                // Quiet that does not end is no reason to stop: the hold's own wait is bounded.
                (Region::Before, Outcome::Moved) => step == Step::Quiet,
                (Region::Closed, Outcome::Aborted(_)) => !did(Step::Open) || step == Step::CloseStandbys,
                (Region::Closed | Region::Open, Outcome::Recover(_)) => true,
                (Region::Open, Outcome::Moved) => step == Step::Settle,
                _ => false,
            };
            assert!(fits, "{step} {failure:?}: {outcome:?}\n{text}");
        }
    }
}

#[test]
fn to_opens_only_after_from_closed_and_the_proof_before_that() {
    let (_, outcome, commands) = Story { poolers: true, ..Story::new("order") }.run();
    assert_eq!(outcome, Outcome::Moved);
    let order: Vec<Step> = commands
        .iter()
        .filter_map(|command| if let Command::Do { step, .. } = command { Some(*step) } else { None })
        .collect();
    let at = |step: Step| order.iter().position(|other| *other == step).unwrap();
    assert!(
        at(Step::Hold) < at(Step::Marker) && at(Step::Marker) < at(Step::Drain) && at(Step::Drain) < at(Step::Proof)
    );
    assert!(
        at(Step::Proof) < at(Step::Position)
            && at(Step::Position) < at(Step::Close)
            && at(Step::Close) < at(Step::Open)
    );
    // What can be waited for is waited for while nobody is held.
    assert!(at(Step::Quiet) < at(Step::PausePoolers));
    assert!(at(Step::PausePoolers) < at(Step::Hold) && at(Step::Settle) < at(Step::ResumePoolers));
    assert!(at(Step::Open) < at(Step::Flip) && at(Step::WorkerGone) < at(Step::Reverse));
}

/// Nobody is told to raise what is frozen by then; and to go back there is no other object.
#[test]
fn a_bound_that_is_frozen_is_not_to_be_raised() {
    for (from, again) in [(Side::Blue, true), (Side::Green, false)] {
        let (text, outcome, _) = Story { from, ..Story::new("slow") }.odd(Step::Drain, 1, 4_000, None).run();
        let Outcome::Aborted(problem) = outcome else { panic!("{text}") };
        assert_eq!(problem.reason, "WriteBlockTooLong");
        assert!(problem.message.contains("frozen") && !problem.message.contains("or raise"), "{}", problem.message);
        assert_eq!(problem.message.contains("delete this object"), again, "{}", problem.message);
    }
}

/// Whatever goes wrong, nobody waits in a pooler for longer than the budget: they are let go, or everything is put back, which lets
/// them go.
#[test]
fn clients_of_poolers_wait_within_the_budget() {
    for step in Step::ALL.iter().copied().filter(|step| !matches!(step, Step::Reopen | Step::Claim)) {
        for failure in [None, Some(Failure::Busy), Some(Failure::Refused), Some(Failure::Lost)] {
            let story = Story { poolers: true, ..Story::new("any") }.odd(step, 0, 400, failure);
            let (text, outcome, commands) = story.run();
            let did = |wanted: Step| {
                commands.iter().any(|command| matches!(command, Command::Do { step, .. } if *step == wanted))
            };
            let pauses = commands.iter().filter(|c| matches!(c, Command::Do { step: Step::PausePoolers, .. })).count();
            assert!(pauses <= 1, "{step}: {text}");
            let freed = did(Step::ResumePoolers) || commands.contains(&Command::PutBack);
            assert!(!did(Step::PausePoolers) || freed || matches!(outcome, Outcome::Recover(_)), "{step}: {text}");
        }
    }
    let (text, ..) = Story { poolers: true, ..Story::new("busy") }.odd(Step::Hold, 0, 150, Some(Failure::Busy)).run();
    let last = text.lines().rev().find(|line| line.contains("put back")).unwrap_or_default();
    let at: u64 = last.split_whitespace().next().and_then(|at| at.parse().ok()).unwrap_or(u64::MAX);
    assert!(at < 5_000, "{text}");
}
