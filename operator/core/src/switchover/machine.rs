//! `step(event) -> commands`: what to do next, by times that events bring. It opens no connection and reads no clock.
use std::collections::BTreeMap;

use verdigris_crds::Side;

use super::messages::{Bounds, Command, Event, Failure, Outcome};
use super::steps::{Region, Step};
use crate::fact::Problem;

/// What can be done about a bound that is too short, once the preflight has passed.
const LONGER: &str = "Wait for a quieter moment; or, as spec.cutover.maxWriteBlockMilliseconds is frozen by now, delete this object and start again with a larger one.";

/// One attempt to move the writer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Machine {
    /// Side that loses the writer role.
    pub from: Side,
    bounds: Bounds,
    begun: u64,
    requested: Option<u64>,
    tries: u32,
    conflicts: u32,
    doing: BTreeMap<Step, u64>,
    took: BTreeMap<Step, (u64, u64)>,
    abort: Option<Problem>,
}

impl Machine {
    /// An attempt that has not begun.
    pub fn new(from: Side, bounds: Bounds) -> Self {
        Self {
            from,
            bounds,
            begun: 0,
            requested: None,
            tries: 0,
            conflicts: 0,
            doing: BTreeMap::new(),
            took: BTreeMap::new(),
            abort: None,
        }
    }

    /// Tries for the hold until now.
    pub fn tries(&self) -> u32 {
        self.tries
    }

    /// When a step began last and when it was done, in milliseconds since the attempt began.
    pub fn took(&self, step: Step) -> Option<(u64, u64)> {
        self.took.get(&step).copied()
    }

    /// Since when writers wait: the hold that was granted was asked for, or poolers were.
    pub fn requested(&self) -> Option<u64> {
        self.requested
    }

    /// The next commands.
    pub fn step(&mut self, event: Event) -> Vec<Command> {
        match event {
            Event::Started { at } => {
                self.begun = at;
                vec![self.go(Step::Claim, at)]
            }
            Event::AbortAsked { problem } => {
                self.abort = Some(problem);
                Vec::new()
            }
            Event::Done { step, at } => self.done(step, at),
            Event::Failed { step, at, failure, problem } => self.failed(step, at, failure, problem),
            Event::PutBack { problem } => {
                let why =
                    self.abort.take().unwrap_or_else(|| Problem::transient("Aborted", "the switchover was put back"));
                vec![Command::Finish(problem.map_or(Outcome::Aborted(why), Outcome::Recover))]
            }
        }
    }

    fn go(&mut self, step: Step, at: u64) -> Command {
        self.tries += u32::from(step == Step::Hold);
        let first = if self.bounds.poolers { Step::PausePoolers } else { Step::Hold };
        if step == first {
            self.requested = Some(at);
        }
        self.doing.insert(step, at);
        Command::Do { step, limit: self.limit(step, at) }
    }

    /// How long a step may take, in milliseconds.
    fn limit(&self, step: Step, at: u64) -> u64 {
        let left = |until: u64| (self.requested.unwrap_or(at) + until).saturating_sub(at).max(1);
        match (step, step.region()) {
            (Step::Arm, _) => 120_000,
            (Step::PausePoolers, _) => self.bounds.pause(),
            (Step::Quiet, _) if self.paused() => left(self.bounds.proved()).min(2_000),
            // Nobody is held yet, and this is what keeps anybody from being held in vain.
            (Step::Quiet, _) if self.bounds.poolers => self.bounds.patience.min(20_000),
            (Step::Quiet, _) => 2_000,
            (_, Region::Before) => 30_000,
            (_, Region::Held) => left(self.bounds.proved()),
            (Step::Close, _) => left(self.bounds.budget),
            (Step::CloseStandbys, _) => left(self.bounds.budget).min(self.bounds.standby()),
            (_, Region::Closed) => 5_000,
            (_, Region::Open) => 15_000,
        }
    }

    fn done(&mut self, step: Step, at: u64) -> Vec<Command> {
        let began = self.doing.get(&step).copied().unwrap_or(at);
        self.took.insert(step, (began, at));
        let waited = at.saturating_sub(self.requested.unwrap_or(at));
        match step {
            Step::Reopen => vec![Command::PutBack],
            _ if step < Step::Close && self.abort.is_some() => self.put_back(step, None),
            _ if self.waits(step) && waited > self.bounds.proved() => self.put_back(step, Some(self.too_slow(step))),
            Step::CloseStandbys if waited > self.bounds.budget => {
                self.abort = Some(self.too_slow(step));
                vec![self.go(Step::Reopen, at)]
            }
            _ => match self.after(step) {
                Some(next) => vec![self.go(next, at)],
                None => vec![Command::Finish(Outcome::Moved)],
            },
        }
    }

    /// The step after this one, if all goes well.
    fn after(&self, step: Step) -> Option<Step> {
        let next = step.next()?;
        let done = next == Step::PausePoolers && self.paused();
        if done || next.is_of_poolers() && !self.bounds.poolers { self.after(next) } else { Some(next) }
    }

    /// Whether poolers were told to hold their clients.
    fn paused(&self) -> bool {
        self.bounds.poolers && self.requested.is_some()
    }

    /// Whether writers wait in this step, and nothing is closed yet.
    fn waits(&self, step: Step) -> bool {
        step.region() == Region::Held || step.region() == Region::Before && self.paused()
    }

    fn failed(&mut self, step: Step, at: u64, failure: Failure, problem: Problem) -> Vec<Command> {
        match (step, failure) {
            (Step::Claim, _) => vec![Command::Finish(Outcome::Aborted(problem))],
            (Step::Hold | Step::Quiet, Failure::Busy) => self.again(step, at, problem),
            (Step::Close, Failure::Busy | Failure::Refused) => self.put_back(step, Some(problem)),
            (Step::CloseStandbys, _) => {
                self.abort = Some(problem);
                vec![self.go(Step::Reopen, at)]
            }
            (Step::Flip, Failure::Busy) if self.conflicts < 5 => {
                self.conflicts += 1;
                vec![Command::Pause { least: 5, most: 20 }, self.go(Step::Flip, at)]
            }
            // The Service selects `to` already; who is not led there yet reconnects.
            (Step::Settle, _) => self.after(step).map(|next| self.go(next, at)).into_iter().collect(),
            _ => match step.region() {
                Region::Before | Region::Held => self.put_back(step, Some(problem)),
                Region::Closed | Region::Open => vec![Command::Finish(Outcome::Recover(problem))],
            },
        }
    }

    /// Another try for the hold, with a fresh nonce: a marker of an earlier try proves nothing.
    fn again(&mut self, step: Step, at: u64, problem: Problem) -> Vec<Command> {
        let late = if self.bounds.poolers {
            at.saturating_sub(self.requested.unwrap_or(at)) > self.bounds.proved()
        } else {
            at.saturating_sub(self.took(Step::Linger).map_or(self.begun, |(_, end)| end)) > self.bounds.patience
        };
        if self.abort.is_some() || self.tries >= self.bounds.tries || late {
            return self.put_back(step, Some(problem));
        }
        if step == Step::Quiet {
            return self.after(step).map(|next| self.go(next, at)).into_iter().collect();
        }
        vec![Command::Release, Command::Pause { least: 50, most: 200 }, self.go(Step::Quiet, at)]
    }

    fn put_back(&mut self, step: Step, problem: Option<Problem>) -> Vec<Command> {
        self.abort = self.abort.take().or(problem);
        match step.region() {
            Region::Before => vec![Command::PutBack],
            _ => vec![Command::Release, Command::PutBack],
        }
    }

    fn too_slow(&self, step: Step) -> Problem {
        let message = format!(
            "Writers would have waited longer than {} ms (step {step}), so they write on {} again. {}",
            self.bounds.budget,
            self.from.lower(),
            match self.from {
                Side::Blue => LONGER,
                // To start again is no way back.
                Side::Green =>
                    "Wait for a quieter moment: spec.cutover.maxWriteBlockMilliseconds is frozen in this run.",
            }
        );
        Problem::transient("WriteBlockTooLong", message)
    }
}
