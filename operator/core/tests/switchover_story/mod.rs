//! A shell for the switchover machine that does as it is told, and writes down what it was told.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a test that panics is a test that fails")]
use std::collections::VecDeque;
use std::fmt::Write as _;

use verdigris_core::fact::Problem;
use verdigris_core::switchover::{Bounds, Command, Event, Failure, Machine, Outcome, Step};
use verdigris_crds::Side;

/// A shell that does as the story says: a step takes a millisecond and succeeds, unless it is listed.
pub struct Story {
    pub title: &'static str,
    pub from: Side,
    pub budget: u64,
    /// Step, which time it runs (0: every time), milliseconds, and how it fails.
    pub odd: Vec<(Step, u32, u64, Option<Failure>)>,
    /// Somebody asks to stop when this step is done.
    pub abort: Option<Step>,
    /// Poolers are in the path.
    pub poolers: bool,
}

impl Story {
    pub fn new(title: &'static str) -> Self {
        Self { title, from: Side::Blue, budget: 5_000, odd: Vec::new(), abort: None, poolers: false }
    }

    pub fn odd(mut self, step: Step, time: u32, takes: u64, fails: Option<Failure>) -> Self {
        self.odd.push((step, time, takes, fails));
        self
    }

    pub fn run(&self) -> (String, Outcome, Vec<Command>) {
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
