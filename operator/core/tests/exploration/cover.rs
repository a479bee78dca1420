//! What is counted: what went wrong where. A place is a step of the switchover, a line of recovery or another action of the core; what
//! cannot go wrong there follows from its messages.
use verdigris_core::recovery::Action as Line;
use verdigris_core::switchover::Step;
use verdigris_crds::Side;

use crate::call::Call;
use crate::converge;
use crate::moves::Move;
use crate::operator::Task;
use crate::row::Row;
use crate::server::Statement;
use crate::steps::Known;
use crate::table::Told;
use crate::tasks::{Claim, Ending, Point};
use crate::world::{BLUE, Epoch, GREEN, World};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    DiesBefore,
    DiesAfter,
    BlueDies,
    GreenDies,
    Unsaid,
    ReplyLost,
    Late,
    Twice,
    TooSlow,
}

impl Fault {
    pub const ALL: [Self; 9] = [
        Self::DiesBefore,
        Self::DiesAfter,
        Self::BlueDies,
        Self::GreenDies,
        Self::Unsaid,
        Self::ReplyLost,
        Self::Late,
        Self::Twice,
        Self::TooSlow,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::DiesBefore => "dies before",
            Self::DiesAfter => "dies after",
            Self::BlueDies => "blue dies",
            Self::GreenDies => "green dies",
            Self::Unsaid => "not sent",
            Self::ReplyLost => "reply lost",
            Self::Late => "late",
            Self::Twice => "twice",
            Self::TooSlow => "too slow",
        }
    }

    /// Whether it can happen to a message. What changes nothing is as if it had not been said; what ends with its session is never late.
    fn can(self, call: Call) -> bool {
        match self {
            Self::DiesBefore | Self::BlueDies | Self::GreenDies | Self::Unsaid | Self::TooSlow => true,
            Self::DiesAfter | Self::ReplyLost => call.mutates(),
            Self::Late | Self::Twice => call.outlives(),
        }
    }

    /// Whether it can happen at a place. Only an attempt has a time by which it must be done.
    pub fn possible(self, place: Place) -> bool {
        let timed = self != Self::TooSlow || matches!(place, Place::Step(_));
        timed && messages(place).into_iter().any(|call| self.can(call))
    }
}

/// Where an operator is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Step(Step),
    /// Recovery reads, and takes an epoch.
    Reads,
    /// What a row of the table says; of convergence which line.
    Row(Told, &'static str),
    /// Another action of the core.
    Action(&'static str),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Step(step) => write!(f, "{step}"),
            Self::Reads => write!(f, "recovery looks"),
            Self::Row(told, what) if *what == told.as_str() => write!(f, "recovery: {what}"),
            Self::Row(told, what) => write!(f, "recovery: {}, {what}", told.as_str()),
            Self::Action(what) => write!(f, "{what}"),
        }
    }
}

/// Actions of the core other than a switchover and recovery.
pub const ACTIONS: [&str; 7] =
    ["take an epoch", "point the Service", "finish", "undo", "turn a stream on", "forget errors", "let the object go"];

/// Lines of recovery that have messages: the row, and which.
pub fn lines() -> Vec<Place> {
    let line = |call: &Call| Place::Row(Told::Converge, line(*call));
    let mut all: Vec<Place> = converged().iter().map(line).collect();
    all.dedup();
    let rest = [(Told::GoForward, "open"), (Told::Reopen, "reopen"), (Told::Route, "route")];
    [vec![Place::Reads], all, rest.map(|(told, what)| Place::Row(told, what)).to_vec()].concat()
}

/// What is said at a place; a sample of each kind.
pub fn messages(place: Place) -> Vec<Call> {
    let say = |statement| vec![Call::Say(BLUE, Epoch::default(), statement)];
    match place {
        Place::Step(Step::Claim) | Place::Reads | Place::Action("take an epoch") => Claim::all(BLUE),
        Place::Step(step) => {
            let mut known = Known::new(0, 0);
            known.witness = Some(1);
            known.calls(step, None)
        }
        Place::Row(Told::Converge, what) => converged().into_iter().filter(|call| line(*call) == what).collect(),
        Place::Row(Told::Route, _) => converge::route(BLUE, Epoch::default()),
        Place::Row(Told::GoForward, _) => say(Statement::Open { nonce: 1, turn: 1, stream: 1 }),
        Place::Row(Told::Reopen, _) => say(Statement::Reopen),
        Place::Row(Told::CloseAndStall, _) => say(Statement::Shut),
        // Nothing is said.
        Place::Row(Told::NotBegun | Told::Over | Told::Wait | Told::Stalled, _) => Vec::new(),
        Place::Action("point the Service") => Point::all(BLUE),
        Place::Action("finish") => Ending::all(false),
        Place::Action("undo") => Ending::all(true),
        Place::Action("turn a stream on") => say(Statement::Enable(1)),
        Place::Action("forget errors") => say(Statement::ForgetErrors(1)),
        Place::Action(_) => vec![Call::ReadObject, Call::RemoveFinalizer],
    }
}

/// Every message of convergence.
fn converged() -> Vec<Call> {
    let reader = Row { opened: true, witness: Some(1), ..Row::default() };
    converge::lines(BLUE, &reader.record(GREEN, false), Epoch::default(), None)
}

/// Which line of convergence a message is of.
fn line(call: Call) -> &'static str {
    let line = match call {
        Call::Say(_, _, Statement::MakeWritable) => Line::Writable(Side::Blue),
        Call::Say(_, _, Statement::EndReadOnlySessions) => Line::EndReadOnlySessions(Side::Blue),
        Call::Say(_, _, Statement::ReadOnly) => Line::ReadOnly(Side::Blue),
        Call::Say(_, _, Statement::EndSessions) => Line::EndSessions(Side::Blue),
        Call::Say(_, _, Statement::SweepSubscriptions(_) | Statement::SweepSlots(_)) => {
            Line::Sweep { writer: Side::Blue, turn: 0 }
        }
        Call::WorkersGone(_) => Line::WorkersGone(Side::Blue),
        Call::Say(_, _, Statement::EnableIfThere(_)) => Line::Stream { writer: Side::Blue, turn: 0 },
        _ => Line::Route(Side::Blue),
    };
    name(line)
}

fn name(line: Line) -> &'static str {
    match line {
        Line::Route(_) => "route",
        Line::Writable(_) => "writable",
        Line::EndReadOnlySessions(_) => "end read-only sessions",
        Line::ResumePoolers => "resume poolers",
        Line::ReadOnly(_) => "read-only",
        Line::EndSessions(_) => "end sessions",
        Line::Sweep { .. } => "sweep",
        Line::WorkersGone(_) => "workers gone",
        Line::Stream { .. } => "stream",
    }
}

/// Where an operator is, if it is somewhere.
pub fn place(world: &World, by: usize) -> Option<Place> {
    let operator = &world.operators[by];
    let call = operator.call()?;
    let of_recovery = |told: Option<Told>| match told {
        None => Place::Reads,
        Some(Told::Converge) => Place::Row(Told::Converge, line(call)),
        Some(Told::GoForward) => Place::Row(Told::GoForward, "open"),
        Some(Told::Reopen) => Place::Row(Told::Reopen, "reopen"),
        Some(Told::Route) => Place::Row(Told::Route, "route"),
        Some(told) => Place::Row(told, ""),
    };
    Some(match operator.tasks.first()? {
        Task::Switch(attempt) => match (attempt.step(), attempt.recovery()) {
            (Some(step), _) => Place::Step(step),
            (None, Some(recovery)) => of_recovery(recovery.told),
            (None, None) => Place::Reads,
        },
        Task::Recover(recovery) => of_recovery(recovery.told),
        Task::Claim(_) => Place::Action("take an epoch"),
        Task::Point(_) => Place::Action("point the Service"),
        Task::End(ending) => Place::Action(if ending.undo { "undo" } else { "finish" }),
        Task::Stream { statement: Statement::ForgetErrors(_), .. } => Place::Action("forget errors"),
        Task::Stream { .. } => Place::Action("turn a stream on"),
        Task::RemoveFinalizer { .. } => Place::Action("let the object go"),
    })
}

/// What a move does to whom.
pub fn fault(step: Move, leader: usize) -> Option<(usize, Fault)> {
    Some(match step {
        Move::Dies(by) => (by, Fault::DiesBefore),
        Move::DiesAfter(by) => (by, Fault::DiesAfter),
        Move::Unsaid(by) => (by, Fault::Unsaid),
        Move::ReplyLost(by) => (by, Fault::ReplyLost),
        Move::Delayed(by) => (by, Fault::Late),
        Move::Twice(by) => (by, Fault::Twice),
        Move::Slow(by) => (by, Fault::TooSlow),
        Move::ServerDies(at, _) => (leader, if at == BLUE { Fault::BlueDies } else { Fault::GreenDies }),
        _ => return None,
    })
}
