//! What must hold in every state, and what a run that nobody disturbs any more must come to.
use crate::call::next_change;
use crate::look::{self, Decided};
use crate::moves::Rules;
use crate::world::{BLUE, GREEN, World, side};

/// More epochs than any run of this world needs.
const MOST: u8 = 60;

/// The invariant that a state breaks, if it breaks one.
pub fn broken(world: &World) -> Option<String> {
    if let Some(what) = &world.broken {
        return Some(what.clone());
    }
    if world.servers.iter().any(|s| s.now.epoch.number > MOST) {
        return Some("liveness: epochs are taken without end".into());
    }
    let [blue, green] = &world.servers;
    // Also when the run has ended, and for ever.
    if blue.now.open() && green.now.open() {
        return Some("I1: both sides accept writes".into());
    }
    for (at, server) in world.servers.iter().enumerate().filter(|(_, server)| server.now.open()) {
        let durable = server.disk.as_ref().map_or(server.now.rows, |disk| disk.rows);
        if world.acknowledged & !durable != 0 {
            return Some(format!("I2: {} is open and lacks an acknowledged write, or has it only in memory", side(at)));
        }
    }
    let works = |at: usize| world.servers[at].now.subscriptions.iter().any(|s| s.works());
    if works(BLUE) && works(GREEN) {
        return Some("I4: both streams are active".into());
    }
    None
}

/// Whether everything has come to rest as promised. `Err` says what is left to wish for.
pub fn settled(world: &World, rules: Rules) -> Result<(), &'static str> {
    let busy = |what, is: bool| if is { Err(what) } else { Ok(()) };
    busy(
        "an operator is at work",
        world.operators.iter().any(|o| !o.up || o.pauses || o.old.is_some() || !o.tasks.is_empty()),
    )?;
    busy("a server is down", world.servers.iter().any(|s| !s.up || s.hold.is_some() || !s.flights.is_empty()))?;
    busy("a message is under way", !world.flights.is_empty())?;
    busy("connections do not follow the Service", world.service.leads != world.service.selects)?;
    busy("a client is at work", world.clients.iter().any(|c| c.writing.is_some()))?;
    if !world.object.ended {
        match look::decided(world, world.leader) {
            Decided::Act(..) => return Err("there is something to do"),
            Decided::Wait(_, true) => return Err("a human is asked for"),
            Decided::Wait(_, false) | Decided::Done => {}
        }
    }
    let writer = world.service.selects;
    let (serves, other) = (&world.servers[writer].now, &world.servers[1 - writer].now);
    busy("the Service leads to a closed side", !serves.open())?;
    busy("an acknowledged write is missing", world.acknowledged & !serves.rows != 0)?;
    let stuck = world.clients.iter().any(|c| c.session == Some((writer, true)));
    busy("a client cannot write on the new writer", stuck || serves.read_only)?;
    if serves.recorded && other.recorded && !other.tombstone {
        goes_on(world, writer, rules)
    } else {
        ended(world, writer)
    }
}

/// The run goes on: one stream, from the writer to the other side, and that side has everything.
fn goes_on(world: &World, writer: usize, rules: Rules) -> Result<(), &'static str> {
    let (serves, other) = (&world.servers[writer], &world.servers[1 - writer]);
    let turn = other.now.turn;
    let streams = other.now.subscriptions.iter().filter(|s| s.works()).count();
    let whole = other.now.subscriptions.iter().any(|s| s.turn == turn && s.enabled) && serves.slot(turn).is_some();
    let only = serves.now.subscriptions.is_empty() && streams == 1 && other.now.subscriptions.len() == 1;
    let slots = serves.slots.len() == 1 && other.slots.iter().all(|s| Some(s.turn) == other.now.witness);
    match () {
        () if !other.now.closed => Err("the other side is open"),
        () if !whole => Err("there is no stream to the other side"),
        () if !(only && slots) => Err("something is left over"),
        () if next_change(world, 1 - writer, turn, rules.filter).is_some() => Err("the stream has something to bring"),
        () if serves.now.rows != other.now.rows => Err("the sides differ"),
        () => Ok(()),
    }
}

/// The run is over: nothing of it is left but the tombstone on the side that stays closed.
fn ended(world: &World, writer: usize) -> Result<(), &'static str> {
    for server in &world.servers {
        if !server.slots.is_empty() || !server.now.subscriptions.is_empty() {
            return Err("a stream is left over");
        }
    }
    let (serves, other) = (&world.servers[writer].now, &world.servers[1 - writer].now);
    match () {
        () if world.object.finalizer => Err("the object is held back"),
        () if serves.recorded || serves.armed => Err("the gate is left on the side that serves"),
        () if !(other.recorded && other.closed && other.tombstone) => Err("the other side is open"),
        () => Ok(()),
    }
}
