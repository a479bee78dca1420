//! What one statement does on a server: the meaning of the files in `operator/src/postgres/sql`, without PostgreSQL. Each is one
//! message, so nobody freezes inside; the hold alone spans several.
use crate::defects::Defect;
use crate::world::{Change, Epoch, Hold, Server, Slot, Subscription, World};

/// A statement of an operator. Turns stand for names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Statement {
    MakeSlot(u8),
    Subscribe(u8),
    Arm,
    SetSequence(u8),
    MakeWritable,
    EndReadOnlySessions,
    Hold,
    /// Unguarded: it adds a row that means nothing without its hold.
    Marker(u8),
    Prove {
        nonce: u8,
        sequence: Option<u8>,
    },
    /// Unguarded: it ends the transaction of the hold, which is guarded.
    Close {
        turn: u8,
        nonce: u8,
        position: u8,
        stream: u8,
        witness: u8,
    },
    Reopen,
    Shut,
    Open {
        nonce: u8,
        turn: u8,
        stream: u8,
    },
    ReadOnly,
    EndSessions,
    EndWorker(u8),
    /// Part of `Close`, alone only in a defect.
    MoveOrigin {
        stream: u8,
        position: u8,
    },
    Enable(u8),
    EnableIfThere(u8),
    ForgetErrors(u8),
    DropSubscription(u8),
    DropSlot(u8),
    /// All but the one.
    SweepSubscriptions(Option<u8>),
    SweepSlots(Option<u8>),
    Disarm,
    Tombstone,
    DropRecords,
}

impl Statement {
    /// It needs no epoch.
    pub fn bare(self) -> bool {
        matches!(self, Self::Marker(_) | Self::Close { .. })
    }
}

/// What comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    Done,
    Number(u8),
    Yes(bool),
    /// It did not happen.
    Refused,
    /// It did not happen: a lock, a version.
    Busy,
    /// It did not happen: a newer epoch.
    Stale,
    /// Nobody knows.
    Lost,
}

/// Performs a statement; `by` is the index of the operator.
pub fn execute(world: &mut World, at: usize, by: u8, epoch: Epoch, statement: Statement) -> Answer {
    let defect = world.defect;
    let server = &mut world.servers[at];
    if !server.now.recorded {
        return Answer::Refused;
    }
    if !statement.bare() {
        // Whoever has the hold has the row of the record: everybody else's guard waits, and then sees what came of it.
        if server.hold.is_some_and(|hold| hold.operator != by) && defect != Some(Defect::HoldOutlivesEpoch) {
            return Answer::Busy;
        }
        if server.now.epoch != epoch && defect != Some(Defect::NoGuard) {
            return Answer::Stale;
        }
    }
    let stale = server.now.epoch != epoch && !matches!(statement, Statement::Marker(_));
    let answer = perform(world, at, by, epoch, statement);
    if answer == Answer::Done && stale {
        world.break_(format!("I6: an operator with epoch {} of {} acted on {at}", epoch.number, epoch.holder));
    }
    if answer == Answer::Done && statement != Statement::Hold {
        world.servers[at].flush();
        if matches!(statement, Statement::Prove { .. } | Statement::Close { .. }) {
            world.servers[at].lags = world.budget.lags > 0;
        }
    }
    answer
}

fn perform(world: &mut World, at: usize, by: u8, epoch: Epoch, statement: Statement) -> Answer {
    let defect = world.defect;
    let server = &mut world.servers[at];
    match statement {
        Statement::MoveOrigin { stream, position } => {
            if let Some(stream) = server.now.subscription(stream) {
                stream.origin = position;
            }
        }
        Statement::MakeSlot(turn) => {
            if server.slot(turn).is_none() {
                let start = u8::try_from(server.now.wal.len()).unwrap_or(u8::MAX);
                server.slots.push(Slot { turn, start });
            }
        }
        // Its name is unique.
        Statement::Subscribe(turn) if server.now.subscription(turn).is_some() => return Answer::Refused,
        Statement::Subscribe(turn) => {
            let fresh = Subscription { turn, enabled: false, origin: 0, errors: 0, worker_left: false };
            server.now.subscriptions.push(fresh);
        }
        Statement::Arm => server.now.armed = true,
        Statement::Disarm => server.now.armed = false,
        Statement::SetSequence(value) => server.sequence = server.sequence.max(value),
        Statement::Hold => {
            if server.hold.is_some() {
                return Answer::Busy;
            }
            server.hold = Some(Hold { operator: by, epoch });
        }
        Statement::Marker(nonce) => server.now.wal.push(Change::Marker(nonce)),
        Statement::Prove { nonce, sequence } => {
            server.now.proofs |= 1 << nonce;
            server.sequence = server.sequence.max(sequence.unwrap_or(0));
        }
        Statement::Close { .. } => return close(server, by, epoch, statement, defect),
        Statement::Open { nonce, turn, stream } => return open(server, nonce, turn, stream, defect),
        Statement::Reopen => return reopen(server, defect),
        Statement::Shut => server.now.closed = true,
        Statement::Tombstone => {
            server.now.tombstone = true;
            server.now.read_only = true;
        }
        Statement::DropRecords => {
            server.now.recorded = false;
            server.now.closed = false;
        }
        Statement::MakeWritable | Statement::EndReadOnlySessions | Statement::ReadOnly | Statement::EndSessions => {
            return settings(world, at, statement);
        }
        _ => return streams(server, statement),
    }
    Answer::Done
}

/// Origin, flag and record in the transaction of the hold.
fn close(server: &mut Server, by: u8, epoch: Epoch, statement: Statement, defect: Option<Defect>) -> Answer {
    let Statement::Close { turn, nonce, position, stream, witness } = statement else { return Answer::Refused };
    if server.hold != Some(Hold { operator: by, epoch }) && defect != Some(Defect::CloseWithoutHold) {
        return Answer::Refused;
    }
    server.hold = None;
    if let Some(reverse) = server.now.subscription(stream) {
        reverse.origin = position;
    }
    (server.now.closed, server.now.turn, server.now.nonce) = (true, turn, nonce);
    (server.now.position, server.now.witness) = (position, Some(witness));
    server.late = false;
    Answer::Done
}

/// `ready`, then the stream and the flag in one transaction.
fn open(server: &mut Server, nonce: u8, turn: u8, stream: u8, defect: Option<Defect>) -> Answer {
    let proved = server.now.proofs & (1 << nonce) != 0 || defect == Some(Defect::NoProof);
    let ready = server.now.closed && server.now.turn < turn && proved;
    let Some(forward) = server.now.subscription(stream).filter(|_| ready) else { return Answer::Refused };
    if defect != Some(Defect::ForwardStaysAtOpening) {
        (forward.worker_left, forward.enabled) = (forward.enabled, false);
    }
    (server.now.closed, server.now.turn, server.now.nonce) = (false, turn, 0);
    (server.now.witness, server.now.opened) = (None, true);
    Answer::Done
}

fn reopen(server: &mut Server, defect: Option<Defect>) -> Answer {
    if !server.now.closed && defect != Some(Defect::NoGuard) {
        return Answer::Refused;
    }
    (server.now.closed, server.now.nonce, server.now.witness) = (false, 0, None);
    Answer::Done
}

fn settings(world: &mut World, at: usize, statement: Statement) -> Answer {
    let defect = world.defect;
    let db = &mut world.servers[at].now;
    let must_be_closed = matches!(statement, Statement::ReadOnly | Statement::EndSessions);
    if must_be_closed && !db.closed && defect != Some(Defect::NoGuard) {
        return Answer::Refused;
    }
    match statement {
        Statement::MakeWritable if db.read_only => (db.read_only, db.resetting) = (false, true),
        Statement::EndReadOnlySessions => db.resetting = false,
        Statement::ReadOnly => db.read_only = true,
        _ => {}
    }
    for client in &mut world.clients {
        let ends = match (statement, client.session) {
            (Statement::EndSessions, Some((there, _))) => there == at,
            (Statement::EndReadOnlySessions, Some((there, read_only))) => there == at && read_only,
            _ => false,
        };
        if ends {
            (client.session, client.writing) = (None, None);
        }
    }
    Answer::Done
}

fn streams(server: &mut Server, statement: Statement) -> Answer {
    let db = &mut server.now;
    match statement {
        Statement::EndWorker(turn) => {
            if let Some(stream) = db.subscription(turn) {
                stream.worker_left = false;
            }
        }
        Statement::Enable(turn) => match db.subscription(turn) {
            Some(stream) => stream.enabled = true,
            None => return Answer::Refused,
        },
        Statement::EnableIfThere(turn) => {
            if let Some(stream) = db.subscription(turn) {
                stream.enabled = true;
            }
        }
        Statement::ForgetErrors(turn) => {
            if let Some(stream) = db.subscription(turn) {
                stream.errors = 0;
            }
        }
        Statement::DropSubscription(turn) => db.subscriptions.retain(|s| s.turn != turn),
        Statement::SweepSubscriptions(keep) => db.subscriptions.retain(|s| Some(s.turn) == keep),
        Statement::DropSlot(turn) => server.slots.retain(|s| s.turn != turn),
        Statement::SweepSlots(keep) => server.slots.retain(|s| Some(s.turn) == keep),
        _ => return Answer::Refused,
    }
    Answer::Done
}
