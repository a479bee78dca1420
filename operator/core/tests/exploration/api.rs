//! The API server: what was read has a version, what is written carries it, and a version that is not the present one is a conflict. Also
//! messages that arrive when nobody waits for them any more, there and at the databases.
use crate::call::{Call, end_older, take};
use crate::defects::Defect;
use crate::server::{Answer, execute};
use crate::world::{Flight, World};

/// Reads the Service or the object, and its version.
pub fn read(world: &mut World, by: usize, what: Call) -> Answer {
    let operator = &mut world.operators[by];
    match what {
        Call::ReadService => operator.read_service = true,
        _ => operator.read_object = true,
    }
    Answer::Done
}

/// A server-side apply of the selector that carries the version that was read.
pub fn apply(world: &mut World, by: usize, to: usize) -> Answer {
    if !world.operators[by].read_service && !world.lacks(Defect::NoVersion) {
        return Answer::Busy;
    }
    if world.service.selects != to {
        select(world, to);
    }
    Answer::Done
}

/// The list of finalizers is written with the version that was read.
pub fn remove_finalizer(world: &mut World, by: usize) -> Answer {
    if !world.operators[by].read_object {
        return Answer::Busy;
    }
    let object = &mut world.object;
    (object.finalizer, object.ended) = (false, object.deleting);
    changed(world);
    Answer::Done
}

/// The selector changes: every version that was read is old.
pub fn select(world: &mut World, to: usize) {
    world.service.selects = to;
    for operator in &mut world.operators {
        operator.read_service = false;
    }
    for flight in world.flights.iter_mut().filter(|flight| matches!(flight.call, Call::Apply(_))) {
        flight.fresh = false;
    }
}

/// The object changes: likewise.
pub fn changed(world: &mut World) {
    for operator in &mut world.operators {
        operator.read_object = false;
    }
    for flight in world.flights.iter_mut().filter(|flight| flight.call == Call::RemoveFinalizer) {
        flight.fresh = false;
    }
}

/// A message goes its own way: nobody waits for it any more.
pub fn depart(world: &mut World, by: usize, call: Call) {
    let operator = &world.operators[by];
    let named = if let Call::Say(_, epoch, _) = call { Some(epoch) } else { operator.named };
    let fresh = match call {
        Call::Apply(_) => operator.read_service || world.lacks(Defect::NoVersion),
        Call::RemoveFinalizer => operator.read_object,
        _ => true,
    };
    let flight = Flight { operator: u8::try_from(by).unwrap_or(u8::MAX), named, call, fresh };
    match call.server() {
        Some(at) => world.servers[at].flights.push(flight),
        None => world.flights.push(flight),
    }
}

/// Whether it can arrive now: nobody ends the hold that it would wait for.
pub fn lands(world: &World, flight: &Flight) -> bool {
    !matches!(flight.call, Call::Take(at, _) if world.servers[at].hold.is_some())
}

/// It arrives.
pub fn arrives(world: &mut World, flight: &Flight) {
    match flight.call {
        Call::Say(at, epoch, statement) => {
            execute(world, at, flight.operator, epoch, statement);
        }
        Call::Take(at, epoch) => {
            take(world, at, epoch);
        }
        Call::EndOlder(at, epoch) => end_older(world, None, at, epoch),
        Call::Apply(to) if (flight.fresh || world.lacks(Defect::NoVersion)) && world.service.selects != to => {
            select(world, to);
        }
        Call::RemoveFinalizer if flight.fresh => {
            let object = &mut world.object;
            (object.finalizer, object.ended) = (false, object.deleting);
            changed(world);
        }
        _ => {}
    }
}
