//! The switchover machine by transcripts: what it commands, told what, one file a story.
//! `UPDATE=1 cargo test -p verdigris-core --test switchover` writes them anew.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that panics is a test that fails")]
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::path::PathBuf;

use verdigris_core::fact::Problem;
use verdigris_core::switchover::{Bounds, Command, Event, Failure, Machine, Outcome, Region, Step};
use verdigris_crds::Side;

/// A shell that does as the story says: a step takes a millisecond and succeeds, unless it is listed.
struct Story {
    title: &'static str,
    from: Side,
    budget: u64,
    /// Step, which time it runs (0: every time), milliseconds, and how it fails.
    odd: Vec<(Step, u32, u64, Option<Failure>)>,
    /// Somebody asks to stop when this step is done.
    abort: Option<Step>,
    /// Poolers are in the path.
    poolers: bool,
}

impl Story {
    fn new(title: &'static str) -> Self {
        Self { title, from: Side::Blue, budget: 5_000, odd: Vec::new(), abort: None, poolers: false }
    }

    fn odd(mut self, step: Step, time: u32, takes: u64, fails: Option<Failure>) -> Self {
        self.odd.push((step, time, takes, fails));
        self
    }

    fn run(&self) -> (String, Outcome, Vec<Command>) {
        let mut machine = Machine::new(self.from, Bounds { poolers: self.poolers, ..Bounds::new(self.budget) });
        let mut text = format!("# {}\n# from {}, budget {} ms\n", self.title, self.from, self.budget);
        let (mut now, mut times, mut all) = (0_u64, std::collections::BTreeMap::<Step, u32>::new(), Vec::new());
        let mut queue = VecDeque::from(machine.step(Event::Started { at: now }));
        while let Some(command) = queue.pop_front() {
            all.push(command.clone());
            let _ = write!(text, "{now:>6}  ");
            match command {
                Command::Do { step, limit } => {
                    let time = times.entry(step).and_modify(|time| *time += 1).or_insert(1);
                    let odd = self.odd.iter().find(|(odd, which, ..)| *odd == step && (*which == 0 || which == time));
                    let (takes, fails) = odd.map_or((1, None), |(_, _, takes, fails)| (*takes, *fails));
                    now += takes;
                    let how = fails.map_or("done".to_owned(), |failure| format!("{failure:?}").to_lowercase());
                    let _ = writeln!(text, "{step}, at most {limit} ms: {how} after {takes} ms");
                    if self.abort == Some(step) {
                        let problem = Problem::transient("AbortAsked", "asked to stop");
                        let _ = writeln!(text, "{now:>6}  somebody asks to stop");
                        queue.extend(machine.step(Event::AbortAsked { problem }));
                    }
                    let event = match fails {
                        None => Event::Done { step, at: now },
                        Some(failure) => {
                            let problem = Problem::transient("Injected", format!("{step} did not succeed"));
                            Event::Failed { step, at: now, failure, problem }
                        }
                    };
                    queue.extend(machine.step(event));
                }
                Command::Release => writeln!(text, "let the hold go").unwrap(),
                Command::Pause { least, most } => {
                    now += most;
                    writeln!(text, "pause {least} to {most} ms").unwrap();
                }
                Command::PutBack => {
                    writeln!(text, "put back what was made").unwrap();
                    queue.extend(machine.step(Event::PutBack { problem: None }));
                }
                Command::Finish(outcome) => {
                    let word = match &outcome {
                        Outcome::Moved => format!("moved, {} tries", machine.tries()),
                        Outcome::Aborted(problem) => format!("aborted: {}", problem.reason),
                        Outcome::Recover(problem) => format!("recover: {}", problem.reason),
                    };
                    writeln!(text, "end: {word}").unwrap();
                    assert!(queue.is_empty(), "nothing is commanded after the end");
                    return (text, outcome, all);
                }
            }
        }
        panic!("{}: no end", self.title)
    }
}

fn stories() -> Vec<(&'static str, Story)> {
    use Failure::{Busy, Lost, Refused};
    vec![
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
            "poolers-and-a-busy-gate",
            Story {
                poolers: true,
                ..Story::new("Poolers hold, and a client past them keeps the gate: tries end with the budget")
            }
            .odd(Step::PausePoolers, 1, 300, None)
            .odd(Step::Hold, 0, 150, Some(Busy)),
        ),
        ("claim-lost", Story::new("Another operator is quicker").odd(Step::Claim, 1, 20, Some(Refused))),
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
    assert!(at(Step::PausePoolers) < at(Step::Hold) && at(Step::Settle) < at(Step::ResumePoolers));
    assert!(at(Step::Open) < at(Step::Flip) && at(Step::WorkerGone) < at(Step::Reverse));
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
            let freed = did(Step::ResumePoolers) || commands.contains(&Command::PutBack);
            assert!(!did(Step::PausePoolers) || freed || matches!(outcome, Outcome::Recover(_)), "{step}: {text}");
        }
    }
    let (text, ..) = Story { poolers: true, ..Story::new("busy") }.odd(Step::Hold, 0, 150, Some(Failure::Busy)).run();
    let last = text.lines().rev().find(|line| line.contains("put back")).unwrap_or_default();
    let at: u64 = last.split_whitespace().next().and_then(|at| at.parse().ok()).unwrap_or(u64::MAX);
    assert!(at < 5_000, "{text}");
}

#[test]
fn names_of_steps_are_unique_and_read_back() {
    for step in Step::ALL {
        assert_eq!(Step::parse(step.as_str()), Some(*step));
        assert_eq!(Step::ALL.iter().filter(|other| other.id() == step.id()).count(), 1, "{step}");
    }
}
