//! `switchover::run` of the shell: performs what the production machine commands, a message at a time, and tells it what came of that.
use std::collections::VecDeque;

use verdigris_core::fact::Problem;
use verdigris_core::switchover::{Bounds, Command, Event, Failure, Machine, Outcome, Step};

use crate::call::{Call, Heard};
use crate::defects::Defect;
use crate::operator::{Flow, answer, row};
use crate::recovery::Recovery;
use crate::row::Row;
use crate::server::Answer;
use crate::steps::Known;
use crate::tasks::Claim;
use crate::world::{BLUE, GREEN, World, side};

/// Milliseconds after which every step was too slow.
const TOO_LATE: u64 = 10_000;

/// An attempt under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Attempt {
    by: usize,
    machine: Machine,
    queue: VecDeque<Command>,
    stage: Stage,
    pub known: Known,
    defect: Option<Defect>,
    /// The next step that ends counts as too slow.
    pub slow: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Stage {
    Claim(Claim),
    /// Both records, `from` first: is this a state to start from?
    Startable(usize, Option<Row>),
    Step(Step, usize),
    Release,
    /// Whether a newer operator is at work: connect and read, blue first.
    StillOurs {
        at: usize,
        connected: bool,
        abort: bool,
    },
    Recover(Recovery),
    /// The writer moved: an epoch for what comes after.
    Again(Claim),
}

impl Attempt {
    pub fn new(by: usize, from: usize, defect: Option<Defect>) -> Self {
        let bounds = Bounds { tries: 2, ..Bounds::new(5_000) };
        let mut machine = Machine::new(side(from), bounds);
        let queue = VecDeque::from(machine.step(Event::Started { at: 0 }));
        let claim = Claim::new(by, &[BLUE, GREEN]);
        let mut attempt =
            Self { by, machine, queue, stage: Stage::Claim(claim), known: Known::new(by, from), defect, slow: false };
        attempt.queue.clear();
        attempt
    }

    /// The step under way.
    pub fn step(&self) -> Option<Step> {
        match &self.stage {
            Stage::Claim(_) | Stage::Startable(..) => Some(Step::Claim),
            Stage::Step(step, _) => Some(*step),
            _ => None,
        }
    }

    /// The recovery under way.
    pub fn recovery(&self) -> Option<&Recovery> {
        if let Stage::Recover(recovery) = &self.stage { Some(recovery) } else { None }
    }

    pub fn call(&self) -> Call {
        let from = self.known.from;
        match &self.stage {
            Stage::Claim(claim) | Stage::Again(claim) => claim.call(),
            Stage::Startable(at, _) => Call::Record(*at),
            Stage::Step(step, at) => {
                self.known.calls(*step, self.defect).get(*at).copied().unwrap_or(Call::ReadService)
            }
            Stage::Release => Call::Release(from),
            Stage::StillOurs { at, connected: false, .. } => Call::Connect(*at),
            Stage::StillOurs { at, .. } => Call::Record(*at),
            Stage::Recover(recovery) => recovery.call(),
        }
    }

    pub fn hear(&mut self, heard: Heard, world: &mut World) -> Flow {
        match self.stage.clone() {
            Stage::Claim(mut claim) => match claim.hear(answer(heard)) {
                Flow::Done(epoch) => {
                    self.known.epoch = epoch.unwrap_or_default();
                    self.stage = Stage::Startable(self.known.from, None);
                    Flow::Goes
                }
                other => {
                    self.stage = Stage::Claim(claim);
                    other
                }
            },
            Stage::Startable(at, from) => self.startable(at, from, heard, world),
            Stage::Step(step, at) => self.heard_of(step, at, answer(heard), world),
            Stage::Release => self.next(world),
            Stage::StillOurs { at, connected, abort } => self.still_ours(at, connected, abort, heard),
            Stage::Recover(mut recovery) => {
                let flow = recovery.hear(heard, world);
                self.known.epoch = recovery.epoch().max(self.known.epoch);
                self.recovered(recovery, &flow, world)
            }
            Stage::Again(mut claim) => {
                let flow = claim.hear(answer(heard));
                self.stage = Stage::Again(claim);
                flow
            }
        }
    }

    fn startable(&mut self, at: usize, from: Option<Row>, heard: Heard, world: &mut World) -> Flow {
        let Some(Some(read)) = row(heard) else { return Flow::Failed };
        if at == self.known.from {
            self.stage = Stage::Startable(1 - at, Some(read));
            return Flow::Goes;
        }
        if from.is_none_or(|from| from.closed) || !read.closed {
            return Flow::Failed;
        }
        (self.known.stream, self.known.witness) = (read.turn, read.witness);
        self.tell(Event::Done { step: Step::Claim, at: 0 });
        self.next(world)
    }

    fn tell(&mut self, event: Event) {
        let commands = self.machine.step(event);
        self.queue.extend(commands);
    }

    /// The answer to one message of a step.
    fn heard_of(&mut self, step: Step, at: usize, answer: Answer, world: &mut World) -> Flow {
        let failure = match self.known.learn(step, at, answer) {
            Answer::Stale => return Flow::Failed,
            Answer::Refused => Some(Failure::Refused),
            Answer::Busy => Some(Failure::Busy),
            Answer::Lost => Some(Failure::Lost),
            _ => None,
        };
        if let Some(failure) = failure {
            let problem = Problem::transient("Failed", "");
            let at = self.time();
            self.tell(Event::Failed { step, at, failure, problem });
            return self.next(world);
        }
        if at + 1 < self.known.calls(step, self.defect).len() {
            self.stage = Stage::Step(step, at + 1);
            return Flow::Goes;
        }
        let at = self.time();
        self.tell(Event::Done { step, at });
        self.next(world)
    }

    fn time(&mut self) -> u64 {
        if std::mem::take(&mut self.slow) { TOO_LATE } else { 0 }
    }

    /// The next command that has something to say.
    fn next(&mut self, world: &mut World) -> Flow {
        while let Some(command) = self.queue.pop_front() {
            match command {
                Command::Do { step, .. } => {
                    if step == Step::Hold {
                        let again = world.nonces > 0 && world.lacks(Defect::MarkerUsedAgain);
                        world.nonces += u8::from(!again);
                        self.known.nonce = world.nonces;
                    }
                    if self.known.calls(step, self.defect).is_empty() {
                        self.tell(Event::Done { step, at: 0 });
                        continue;
                    }
                    self.stage = Stage::Step(step, 0);
                    return Flow::Goes;
                }
                Command::Release => {
                    self.stage = Stage::Release;
                    return Flow::Goes;
                }
                Command::Pause { .. } => {}
                Command::PutBack => return self.recover(true),
                Command::Finish(Outcome::Moved) => {
                    self.stage = Stage::Again(Claim::new(self.by, &[BLUE, GREEN]));
                    return Flow::Goes;
                }
                Command::Finish(Outcome::Aborted(_)) => return Flow::Failed,
                Command::Finish(Outcome::Recover(_)) => return self.recover(false),
            }
        }
        Flow::Failed
    }

    fn recover(&mut self, abort: bool) -> Flow {
        self.stage = Stage::StillOurs { at: BLUE, connected: false, abort };
        Flow::Goes
    }

    /// A side that cannot be reached says nothing; one with a newer epoch says that it is not for us to do anything.
    fn still_ours(&mut self, at: usize, connected: bool, abort: bool, heard: Heard) -> Flow {
        let reached = answer(heard) == Answer::Done;
        if let Some(Some(read)) = row(heard)
            && read.epoch != self.known.epoch
            && read.epoch.number >= self.known.epoch.number
        {
            return Flow::Failed;
        }
        self.stage = match (connected, reached, at) {
            (false, true, _) => Stage::StillOurs { at, connected: true, abort },
            (_, _, BLUE) => Stage::StillOurs { at: GREEN, connected: false, abort },
            _ => Stage::Recover(Recovery::new(self.by, abort, false, self.defect)),
        };
        Flow::Goes
    }

    fn recovered(&mut self, recovery: Recovery, flow: &Flow, world: &mut World) -> Flow {
        let (putting_back, writer) = (recovery.abort, recovery.writer);
        match (flow, putting_back) {
            (Flow::Goes, _) => {
                self.stage = Stage::Recover(recovery);
                Flow::Goes
            }
            // The machine is told, and says how it ends.
            (_, true) => {
                let well = matches!(flow, Flow::Done(_)) && writer == Some(self.known.from);
                let problem = (!well).then(|| Problem::transient("Failed", ""));
                self.tell(Event::PutBack { problem });
                self.next(world)
            }
            (Flow::Done(_), false) if writer == Some(1 - self.known.from) => {
                self.stage = Stage::Again(Claim::new(self.by, &[BLUE, GREEN]));
                Flow::Goes
            }
            _ => Flow::Failed,
        }
    }
}
