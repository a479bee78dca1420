//! Everything that can happen next in a world.
use crate::api;
use crate::call::{Call, next_change};
use crate::look::{self, Decided};
use crate::operator::{Part, Task};
use crate::world::{BLUE, Client, GREEN, World};

/// What this exploration is about.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules {
    /// Subscriptions filter by origin (PostgreSQL 16 and later).
    pub filter: bool,
    /// A user may ask for a rollback once green writes.
    pub rolls_back: bool,
    /// The window may pass.
    pub window_ends: bool,
    /// The object may be deleted.
    pub deletes: bool,
    /// Clients may connect only to read, and stay.
    pub reads: bool,
}

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    /// A client connects if it must, and begins to write.
    Begin(usize),
    Commit(usize),
    /// A client connects, and does not write yet.
    Connect(usize),
    /// A stream brings its next change to a side.
    Apply(usize, u8),
    /// A worker notices that its stream is off.
    WorkerEnds(usize, u8),
    /// Connections follow the Service.
    Route,
    /// An operator looks and decides.
    Look(usize),
    /// It sees something as it is at this moment, and acts on that later; or it sees it anew.
    SeesOld(usize, Part),
    CatchesUp(usize),
    /// Its next message is said and answered.
    Say(usize),
    /// It is said, and the answer is lost.
    ReplyLost(usize),
    /// It never arrives.
    Unsaid(usize),
    /// It arrives later; who sent it does not wait.
    Delayed(usize),
    /// It is said and answered, and arrives once more later.
    Twice(usize),
    /// A message that nobody waits for arrives at a server, or at the API server.
    Arrives(Option<usize>, usize),
    /// A wait ends without what was waited for.
    TimedOut(usize),
    /// A step takes longer than writers may wait.
    Slow(usize),
    /// An operator dies.
    Dies(usize),
    /// It dies when its message was done, and before the answer.
    DiesAfter(usize),
    Restarts(usize),
    /// The pause after an attempt is over.
    PauseEnds(usize),
    /// The Lease goes to another one, whatever the first believes.
    LeaseGoes(usize),
    /// A server dies; what was not flushed is gone or not.
    ServerDies(usize, bool),
    ServerStarts(usize),
    /// The server ends an idle hold.
    HoldEnds(usize),
    /// A physical standby has what its server wrote.
    StandbyFollows(usize),
    /// The deadline of a closed side passes.
    Late(usize),
    /// The server turns a stream off, for a connection was lost.
    StreamOff(usize, u8),
    /// Another manager sets the selector.
    Reverted(usize),
    /// A user asks for a rollback, deletes the object; the window passes.
    WriterBlue,
    Delete,
    WindowEnds,
}

impl Move {
    /// The operator whose own step this is.
    pub fn operator(self) -> Option<usize> {
        match self {
            Self::Look(by) | Self::CatchesUp(by) | Self::Say(by) | Self::TimedOut(by) | Self::PauseEnds(by) => Some(by),
            _ => None,
        }
    }

    /// It happens by itself when nothing goes wrong any more.
    pub fn fair(self) -> bool {
        matches!(
            self,
            Self::Commit(_)
                | Self::Apply(..)
                | Self::WorkerEnds(..)
                | Self::Route
                | Self::Look(_)
                | Self::CatchesUp(_)
                | Self::Say(_)
                | Self::Arrives(..)
                | Self::TimedOut(_)
                | Self::Restarts(_)
                | Self::PauseEnds(_)
                | Self::ServerStarts(_)
                | Self::HoldEnds(_)
                | Self::LeaseGoes(_)
        )
    }
}

/// All that can happen.
pub fn moves(world: &World, rules: Rules) -> Vec<Move> {
    let mut all = Vec::with_capacity(16);
    if world.broken.is_some() {
        return all;
    }
    for (at, client) in world.clients.iter().enumerate() {
        match client.writing {
            Some(_) => all.push(Move::Commit(at)),
            None if begins(world, client) => all.push(Move::Begin(at)),
            None => {}
        }
        if rules.reads && client.session.is_none() && world.servers[world.service.leads].up {
            all.push(Move::Connect(at));
        }
    }
    for at in [BLUE, GREEN] {
        of_server(world, at, rules, &mut all);
    }
    if world.service.leads != world.service.selects {
        all.push(Move::Route);
    }
    for by in 0..world.operators.len() {
        of_operator(world, by, &mut all);
    }
    all.extend((0..world.flights.len()).map(|index| Move::Arrives(None, index)));
    of_the_world(world, rules, &mut all);
    all
}

/// Something comes of it: the side is up, nobody holds the gate there, and there is a write left to do, or a session to lose.
fn begins(world: &World, client: &Client) -> bool {
    let (at, read_only) = client.session.unwrap_or((world.service.leads, false));
    let server = &world.servers[at];
    let waits = server.now.armed && server.hold.is_some();
    let refused = read_only || server.now.read_only || (server.now.armed && server.now.closed);
    server.up && !waits && if refused { client.session.is_some() } else { world.budget.writes > 0 }
}

fn of_server(world: &World, at: usize, rules: Rules, all: &mut Vec<Move>) {
    let server = &world.servers[at];
    let budget = &world.budget;
    if !server.up {
        all.push(Move::ServerStarts(at));
        return;
    }
    for stream in server.now.subscriptions.iter().filter(|s| s.works()) {
        if world.servers[1 - at].up && next_change(world, at, stream.turn, rules.filter).is_some() {
            all.push(Move::Apply(at, stream.turn));
        }
        if stream.worker_left {
            all.push(Move::WorkerEnds(at, stream.turn));
        }
        if stream.enabled && budget.faults > 0 && budget.streams_off > 0 {
            all.push(Move::StreamOff(at, stream.turn));
        }
    }
    for (index, _) in server.flights.iter().enumerate().filter(|(_, flight)| api::lands(world, flight)) {
        all.push(Move::Arrives(Some(at), index));
    }
    if server.lags {
        all.push(Move::StandbyFollows(at));
    }
    if server.hold.is_some() && (!held_by_the_living(world, at) || (budget.faults > 0 && budget.slow > 0)) {
        all.push(Move::HoldEnds(at));
    }
    if server.now.closed && server.now.nonce > 0 && !server.late && budget.slow > 0 && budget.faults > 0 {
        all.push(Move::Late(at));
    }
    if budget.faults > 0 && budget.server_crashes > 0 {
        all.push(Move::ServerDies(at, true));
        if server.disk.is_some() {
            all.push(Move::ServerDies(at, false));
        }
    }
}

/// Whoever took the hold is still at it.
pub fn held_by_the_living(world: &World, at: usize) -> bool {
    world.servers[at].hold.is_some_and(|hold| {
        let first = world.operators[usize::from(hold.operator)].tasks.first();
        matches!(first, Some(Task::Switch(attempt)) if attempt.known.epoch == hold.epoch && attempt.step().is_some())
    })
}

fn of_operator(world: &World, by: usize, all: &mut Vec<Move>) {
    let (operator, budget) = (&world.operators[by], &world.budget);
    if !operator.up {
        all.push(Move::Restarts(by));
        return;
    }
    if operator.pauses && operator.tasks.is_empty() {
        all.push(Move::PauseEnds(by));
    }
    if operator.old.is_some() {
        all.push(Move::CatchesUp(by));
    } else if budget.faults > 0 && budget.old > 0 && !world.object.ended {
        all.push(Move::SeesOld(by, Part::Object));
        if operator.call().is_none() {
            all.extend([Part::Service, Part::Record(BLUE), Part::Record(GREEN)].map(|part| Move::SeesOld(by, part)));
        }
    }
    let Some(call) = operator.call() else {
        if world.leader == by && !world.object.ended && matches!(look::decided(world, by), Decided::Act(..)) {
            all.push(Move::Look(by));
        }
        return;
    };
    let reached = call
        .server()
        .is_none_or(|at| world.servers[at].up && (operator.sessions[at] || matches!(call, Call::Connect(_))));
    if !reached || call.ready(world, by) {
        all.push(Move::Say(by));
    } else if call.hopeless(world) || (budget.faults > 0 && budget.slow > 0) {
        all.push(Move::TimedOut(by));
    }
    if budget.faults > 0 {
        goes_wrong(world, by, call, reached, all);
    }
}

/// What can happen to a message, and to who says it.
fn goes_wrong(world: &World, by: usize, call: Call, reached: bool, all: &mut Vec<Move>) {
    let budget = &world.budget;
    let done = reached && call.ready(world, by);
    let mut may = |left: u8, is: bool, what: fn(usize) -> Move| {
        if left > 0 && is {
            all.push(what(by));
        }
    };
    may(budget.operator_crashes, true, Move::Dies);
    may(budget.operator_crashes, done && call.mutates(), Move::DiesAfter);
    may(budget.lost, reached, Move::Unsaid);
    may(budget.lost, done && call.mutates(), Move::ReplyLost);
    may(budget.delayed, reached && call.outlives(), Move::Delayed);
    may(budget.twice, done && call.outlives(), Move::Twice);
    let attempt =
        if let Some(Task::Switch(attempt)) = world.operators[by].tasks.first() { Some(attempt) } else { None };
    may(budget.slow, done && attempt.is_some_and(|it| it.step().is_some() && !it.slow), Move::Slow);
}

fn of_the_world(world: &World, rules: Rules, all: &mut Vec<Move>) {
    let budget = &world.budget;
    let stands = !world.operators[world.leader].up;
    for by in (0..world.operators.len()).filter(|by| *by != world.leader && world.operators[*by].up) {
        if stands || (budget.faults > 0 && budget.leases > 0) {
            all.push(Move::LeaseGoes(by));
        }
    }
    // Once the run ends the Service is anybody's again; whoever moves it after the last look is not seen.
    let ends =
        world.operators.iter().flat_map(|o| &o.tasks).any(|t| matches!(t, Task::End(_) | Task::RemoveFinalizer { .. }));
    let last = world.operators.iter().any(|o| o.old.is_some()) && world.servers.iter().any(|s| s.now.tombstone);
    if budget.faults > 0 && budget.reverts > 0 && world.object.finalizer && !ends && !last {
        all.push(Move::Reverted(1 - world.service.selects));
    }
    let object = &world.object;
    let window = world.servers[GREEN].now.opened && object.finalizer && !object.deleting && object.writer == GREEN;
    // Whoever asks when the window has passed may be told that the way back is gone.
    if rules.rolls_back && window && !object.window_over {
        all.push(Move::WriterBlue);
    }
    if rules.window_ends && window && !object.window_over {
        all.push(Move::WindowEnds);
    }
    if rules.deletes && !object.deleting {
        all.push(Move::Delete);
    }
}
