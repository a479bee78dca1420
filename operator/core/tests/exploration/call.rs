//! What an operator can say, to a server or to the API server, and what it hears. One call is one message.
use crate::api;
use crate::defects::Defect;
use crate::row::Row;
use crate::server::{Answer, Statement, execute};
use crate::world::{Change, Epoch, World};

/// One message of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// Opens sessions to a side.
    Connect(usize),
    /// Reads the number of its epoch.
    Highest(usize),
    /// Takes an epoch; who keeps the record busy is ended.
    Take(usize, Epoch),
    /// Ends sessions of older epochs.
    EndOlder(usize, Epoch),
    /// Reads its record.
    Record(usize),
    /// Looks for a proof.
    Proof(usize, u8),
    Sequence(usize),
    Position(usize),
    Say(usize, Epoch, Statement),
    /// Whether every table of both sides is gated, asked in the hold.
    Covered(usize),
    /// Waits until the stream into a side has everything.
    CaughtUp(usize, u8),
    /// Waits for a marker.
    Seen(usize, u8),
    /// Waits until the physical standby of a side has what was written there.
    Standbys(usize),
    /// Waits until no worker of a stream that is off is left.
    WorkersGone(usize),
    ReadService,
    ReadObject,
    IsOpen(usize, Epoch),
    Apply(usize),
    /// Waits until connections through the Service land there.
    Settled(usize),
    RemoveFinalizer,
    /// The hold's session ends its transaction.
    Release(usize),
}

impl Call {
    /// The server that is asked.
    pub fn server(self) -> Option<usize> {
        match self {
            Self::Connect(at)
            | Self::Highest(at)
            | Self::Take(at, _)
            | Self::EndOlder(at, _)
            | Self::Record(at)
            | Self::Proof(at, _)
            | Self::Sequence(at)
            | Self::Position(at)
            | Self::Say(at, ..)
            | Self::Covered(at)
            | Self::CaughtUp(at, _)
            | Self::Seen(at, _)
            | Self::WorkersGone(at)
            | Self::Standbys(at)
            | Self::IsOpen(at, _) => Some(at),
            _ => None,
        }
    }

    /// It changes something.
    pub fn mutates(self) -> bool {
        match self {
            Self::Take(..) | Self::EndOlder(..) | Self::Say(..) | Self::Apply(_) | Self::RemoveFinalizer => true,
            Self::Connect(_)
            | Self::Highest(_)
            | Self::Record(_)
            | Self::Proof(..)
            | Self::Sequence(_)
            | Self::Position(_)
            | Self::Covered(_)
            | Self::CaughtUp(..)
            | Self::Seen(..)
            | Self::WorkersGone(_)
            | Self::Standbys(_)
            | Self::ReadService
            | Self::ReadObject
            | Self::IsOpen(..)
            | Self::Settled(_)
            // The end of a session does the same.
            | Self::Release(_) => false,
        }
    }

    /// It may arrive when nobody waits for it any more. The hold cannot: it is a transaction, which ends with its session.
    pub fn outlives(self) -> bool {
        self.mutates() && !matches!(self, Self::Say(_, _, Statement::Hold))
    }

    /// Whether it can be answered now; else the operator waits.
    pub fn ready(self, world: &World, by: usize) -> bool {
        match self {
            Self::Say(at, _, Statement::Hold) if gate_is_busy(world, at) => false,
            Self::Say(at, _, Statement::Arm) => world.clients.iter().all(|c| !writes(c, at) || locked(c)),
            Self::Say(at, _, statement) if !statement.bare() => {
                world.servers[at].hold.is_none_or(|hold| usize::from(hold.operator) == by)
            }
            Self::CaughtUp(at, turn) => {
                let all = world.servers[1 - at].now.wal.len();
                let stream = world.servers[at].now.subscriptions.iter().find(|s| s.turn == turn);
                stream.is_none_or(|s| !s.enabled || usize::from(s.origin) == all)
            }
            Self::Seen(..) if world.lacks(Defect::NoMarker) => true,
            Self::Seen(at, nonce) => world.servers[at].now.seen & (1 << nonce) != 0,
            Self::WorkersGone(at) => world.servers[at].now.subscriptions.iter().all(|s| !s.worker_left),
            Self::Settled(at) => world.service.leads == at,
            Self::Standbys(at) => !world.servers[at].lags,
            _ => true,
        }
    }

    /// It waits for something that does not come by itself: only its deadline ends that.
    pub fn hopeless(self, world: &World) -> bool {
        match self {
            Self::Seen(at, _) => !world.servers[at].now.subscriptions.iter().any(|s| s.works()),
            Self::Settled(at) => world.service.selects != at,
            // It may be gone for good.
            Self::Standbys(_) => true,
            _ => false,
        }
    }
}

fn writes(client: &crate::world::Client, at: usize) -> bool {
    client.writing.is_some() && client.session.is_some_and(|(there, _)| there == at)
}

fn locked(client: &crate::world::Client) -> bool {
    client.writing.is_some_and(|(_, locked)| locked)
}

/// What an operator hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    Answer(Answer),
    Record(Option<Row>),
}

/// Performs a call, and answers it.
pub fn perform(world: &mut World, by: usize, call: Call) -> Heard {
    if let Some(at) = call.server() {
        if call == Call::Connect(at) {
            world.operators[by].sessions[at] = world.servers[at].up;
            world.operators[by].named = None;
            return Heard::Answer(if world.servers[at].up { Answer::Done } else { Answer::Lost });
        }
        if !world.operators[by].sessions[at] {
            return Heard::Answer(Answer::Lost);
        }
    }
    if let Call::Record(at) = call {
        return Heard::Record(Row::of(&world.servers[at]));
    }
    Heard::Answer(answer(world, by, call))
}

fn answer(world: &mut World, by: usize, call: Call) -> Answer {
    match call {
        Call::Highest(at) => match world.servers[at].now.recorded {
            true => Answer::Number(world.servers[at].now.epoch.number),
            false => Answer::Refused,
        },
        Call::Take(at, epoch) => take(world, at, epoch),
        Call::EndOlder(at, epoch) => {
            end_older(world, Some(by), at, epoch);
            world.operators[by].named = Some(epoch);
            Answer::Done
        }
        Call::Proof(at, nonce) => Answer::Yes(world.servers[at].now.proofs & (1 << nonce) != 0),
        Call::Sequence(at) => Answer::Number(world.servers[at].sequence),
        Call::Position(at) => Answer::Number(u8::try_from(world.servers[at].now.wal.len()).unwrap_or(u8::MAX)),
        // It is never made again once it has streamed: gone means no way back.
        Call::Say(at, _, Statement::EnableIfThere(turn)) if world.servers[1 - at].slot(turn).is_none() => Answer::Done,
        Call::Say(at, epoch, statement) => execute(world, at, u8::try_from(by).unwrap_or(u8::MAX), epoch, statement),
        Call::Covered(at) => {
            let held = world.servers[at].hold.is_some_and(|hold| usize::from(hold.operator) == by);
            let held = held || world.lacks(Defect::CloseWithoutHold);
            yes(held && (world.lacks(Defect::NoGate) || world.servers.iter().all(|s| s.now.armed)))
        }
        Call::CaughtUp(at, turn) => {
            let runs = world.servers[at].now.subscriptions.iter().any(|s| s.turn == turn && s.enabled);
            yes(runs && world.servers[1 - at].slot(turn).is_some())
        }
        Call::ReadService | Call::ReadObject => api::read(world, by, call),
        Call::IsOpen(at, epoch) => {
            let db = &world.servers[at].now;
            match (db.epoch == epoch || world.lacks(Defect::NoGuard), db.open()) {
                (false, _) => Answer::Stale,
                (true, open) => yes(open),
            }
        }
        Call::Apply(to) => api::apply(world, by, to),
        Call::Release(at) => {
            if world.servers[at].hold.is_some_and(|hold| usize::from(hold.operator) == by) {
                world.servers[at].hold = None;
            }
            Answer::Done
        }
        Call::RemoveFinalizer => api::remove_finalizer(world, by),
        _ => Answer::Done,
    }
}

fn yes(yes: bool) -> Answer {
    if yes { Answer::Done } else { Answer::Refused }
}

fn gate_is_busy(world: &World, at: usize) -> bool {
    !world.lacks(Defect::HoldDoesNotWait) && world.clients.iter().any(|client| writes(client, at) && locked(client))
}

/// `UPDATE … WHERE epoch < $1`; the hold has the row, so it is ended.
pub fn take(world: &mut World, at: usize, epoch: Epoch) -> Answer {
    let defect = world.defect;
    let server = &mut world.servers[at];
    if server.hold.is_some_and(|hold| hold.epoch != epoch) && defect != Some(Defect::HoldOutlivesEpoch) {
        server.hold = None;
    }
    if !server.now.recorded || (server.now.epoch.number >= epoch.number && defect != Some(Defect::TakesLowerEpoch)) {
        return Answer::Stale;
    }
    server.now.epoch = epoch;
    server.flush();
    Answer::Done
}

/// Ends sessions of older epochs. `but`: the operator that asks, whose own have the new number or none.
pub fn end_older(world: &mut World, but: Option<usize>, at: usize, epoch: Epoch) {
    let older = |there: Epoch| there.number < epoch.number;
    world.servers[at].flights.retain(|flight| !flight.named.is_some_and(older));
    if world.servers[at].hold.is_some_and(|hold| older(hold.epoch)) && !world.lacks(Defect::HoldOutlivesEpoch) {
        world.servers[at].hold = None;
    }
    for (index, operator) in world.operators.iter_mut().enumerate() {
        if Some(index) != but && operator.named.is_some_and(older) {
            operator.sessions[at] = false;
        }
    }
}

/// The next change that a stream would bring into a side, and the position after it.
pub fn next_change(world: &World, into: usize, turn: u8, filter: bool) -> Option<(Change, u8)> {
    let from = &world.servers[1 - into];
    let stream = world.servers[into].now.subscriptions.iter().find(|s| s.turn == turn)?;
    let begin = usize::from(stream.origin.max(from.slot(turn)?.start));
    let wal = from.now.wal.get(..from.durable())?;
    let (at, change) = wal.iter().enumerate().skip(begin).find(|(_, change)| match change {
        Change::Row { applied, .. } => !(filter && *applied),
        Change::Marker(_) => true,
    })?;
    Some((*change, u8::try_from(at + 1).unwrap_or(u8::MAX)))
}
