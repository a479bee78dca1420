//! An operator process: what it remembers, and the task in its hands. Tasks are the shell's functions, one message after the other;
//! what they decide they ask of the production core.
use crate::attempt::Attempt;
use crate::call::{Call, Heard};
use crate::recovery::Recovery;
use crate::row::Row;
use crate::server::{Answer, Statement};
use crate::tasks::{Claim, Ending, Point};
use crate::world::{Epoch, Object, World};

/// A process.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Operator {
    pub up: bool,
    /// The epoch that it remembers to hold.
    pub epoch: Option<Epoch>,
    /// The epoch in the name of its sessions.
    pub named: Option<Epoch>,
    /// Whether its sessions to a side live.
    pub sessions: [bool; 2],
    /// The version of the Service that it read is the present one.
    pub read_service: bool,
    /// That of the object likewise.
    pub read_object: bool,
    /// Something that it will see as it was, not as it is.
    pub old: Option<Old>,
    /// The last attempt was given up: it pauses.
    pub pauses: bool,
    /// What is left to do of the last decision, the first under way.
    pub tasks: Vec<Task>,
}

impl Operator {
    pub fn new() -> Self {
        Self {
            up: true,
            epoch: None,
            named: None,
            sessions: [false; 2],
            read_service: false,
            read_object: false,
            old: None,
            pauses: false,
            tasks: Vec::new(),
        }
    }

    /// The process is gone, and with it all that it remembers.
    pub fn crash(&mut self) {
        *self = Self { up: false, ..Self::new() };
    }

    /// What it says next, if it has something to do.
    pub fn call(&self) -> Option<Call> {
        self.tasks.first().map(Task::call)
    }
}

/// What an operator sees as it was: from a cache, or read long before the rest of its look.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Old {
    Object(Object),
    Service(usize),
    /// Of a side: whether it answered, and its record.
    Record(usize, bool, Option<Row>),
}

/// Which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    Object,
    Service,
    Record(usize),
}

/// An action of the core, under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Task {
    Claim(Claim),
    /// Recovery, then the epoch is taken anew.
    Recover(Recovery),
    Switch(Box<Attempt>),
    Point(Point),
    End(Ending),
    /// A stream is turned on, or its errors are forgotten.
    Stream {
        into: usize,
        epoch: Epoch,
        statement: Statement,
        connected: bool,
    },
    /// The object is read, then its list of finalizers is written with the version that was read.
    RemoveFinalizer {
        read: bool,
    },
}

/// How a task goes on.
#[derive(Clone, Debug, PartialEq)]
pub enum Flow {
    /// It has something to say.
    Goes,
    /// It is done; it holds this epoch now, or none that counts.
    Done(Option<Epoch>),
    /// It could not be done; the other tasks of the decision are dropped.
    Failed,
}

impl Task {
    fn call(&self) -> Call {
        match self {
            Self::Claim(claim) => claim.call(),
            Self::Recover(recovery) => recovery.call(),
            Self::Switch(attempt) => attempt.call(),
            Self::Point(point) => point.call(),
            Self::End(ending) => ending.call(),
            Self::Stream { into, connected: false, .. } => Call::Connect(*into),
            Self::Stream { into, epoch, statement, .. } => Call::Say(*into, *epoch, *statement),
            Self::RemoveFinalizer { read: false } => Call::ReadObject,
            Self::RemoveFinalizer { .. } => Call::RemoveFinalizer,
        }
    }
}

/// The first task hears the answer to its call.
pub fn hear(world: &mut World, by: usize, heard: Heard) {
    let mut operator = world.operators[by].clone();
    let Some(task) = operator.tasks.first_mut() else { return };
    let flow = match task {
        Task::Claim(claim) => claim.hear(answer(heard)),
        Task::Recover(recovery) => {
            operator.epoch = None;
            recovery.hear(heard, world)
        }
        Task::Switch(attempt) => {
            operator.epoch = None;
            attempt.hear(heard, world)
        }
        Task::Point(point) => point.hear(heard),
        Task::End(ending) => ending.hear(heard),
        Task::RemoveFinalizer { read } if !*read => {
            *read = true;
            if answer(heard) == Answer::Done { Flow::Goes } else { Flow::Failed }
        }
        Task::RemoveFinalizer { .. } => done(answer(heard), None),
        Task::Stream { connected, .. } if !*connected => {
            *connected = true;
            if answer(heard) == Answer::Done { Flow::Goes } else { Flow::Failed }
        }
        Task::Stream { .. } => done(answer(heard), operator.epoch),
    };
    match flow {
        Flow::Goes => {}
        Flow::Done(epoch) => {
            operator.epoch = epoch.or(operator.epoch);
            operator.tasks.remove(0);
        }
        Flow::Failed => {
            // Only an attempt makes the next one wait; everything else is looked at anew.
            operator.pauses |= matches!(operator.tasks.first(), Some(Task::Switch(_)));
            if answer(heard) == Answer::Stale {
                operator.epoch = None;
            }
            operator.tasks.clear();
        }
    }
    if operator.tasks.is_empty() {
        operator.sessions = [false; 2];
        (operator.read_service, operator.read_object) = (false, false);
    }
    world.operators[by] = operator;
}

fn done(answer: Answer, epoch: Option<Epoch>) -> Flow {
    if answer == Answer::Done { Flow::Done(epoch) } else { Flow::Failed }
}

/// The answer in what was heard; a record is one too.
pub fn answer(heard: Heard) -> Answer {
    match heard {
        Heard::Answer(answer) => answer,
        Heard::Record(_) => Answer::Done,
    }
}

/// The row in what was heard, if that is what it is.
#[allow(clippy::option_option, reason = "nothing was read, and nothing is there")]
pub fn row(heard: Heard) -> Option<Option<Row>> {
    match heard {
        Heard::Record(row) => Some(row),
        Heard::Answer(_) => None,
    }
}
