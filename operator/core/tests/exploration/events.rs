//! What comes of a move: the next world.
use crate::api::{self, select};
use crate::call::{self, Call, Heard, next_change};
use crate::look;
use crate::moves::{Move, Rules, held_by_the_living};
use crate::operator::{Operator, Task, hear};
use crate::server::{Answer, Statement};
use crate::world::{BLUE, Change, Client, Epoch, GREEN, World};

/// What comes of a move.
pub fn make(before: &World, what: Move, rules: Rules) -> World {
    let mut world = before.clone();
    match what {
        Move::Begin(client) => begin(&mut world, client),
        Move::Commit(client) => commit(&mut world, client),
        Move::Connect(client) => {
            let at = world.service.leads;
            world.clients[client].session = Some((at, world.servers[at].now.read_only));
        }
        Move::Apply(into, turn) => apply(&mut world, into, turn, rules),
        Move::LeaseGoes(by) => {
            if world.operators[world.leader].up {
                spend(&mut world, |b| &mut b.leases);
            }
            world.leader = by;
        }
        Move::Route => world.service.leads = world.service.selects,
        Move::Reverted(to) => {
            spend(&mut world, |b| &mut b.reverts);
            select(&mut world, to);
        }
        Move::WriterBlue => {
            world.object.writer = BLUE;
            api::changed(&mut world);
        }
        Move::Delete => {
            world.object.deleting = true;
            world.object.ended = !world.object.finalizer;
            api::changed(&mut world);
        }
        Move::WindowEnds => world.object.window_over = true,
        _ => of_operator(&mut world, what),
    }
    only_rises(before, &mut world);
    world
}

/// The epoch of a side only rises.
fn only_rises(before: &World, world: &mut World) {
    for at in [BLUE, GREEN] {
        let (was, is) = (before.servers[at].now.epoch, world.servers[at].now.epoch);
        if is.number < was.number || (is.number == was.number && is.holder != was.holder) {
            let Epoch { number, holder } = was;
            world.break_(format!("I6: epoch {number} of {holder} was followed by {} of {}", is.number, is.holder));
        }
    }
}

/// What an operator does, and what comes of its messages.
fn of_operator(world: &mut World, what: Move) {
    match what {
        Move::Look(by) => look::act(world, by),
        Move::SeesOld(by, part) => {
            spend(world, |b| &mut b.old);
            world.operators[by].old = Some(look::remember(world, part));
        }
        Move::CatchesUp(by) => world.operators[by].old = None,
        Move::Say(by) => say(world, by, None),
        Move::TimedOut(by) => {
            match world.operators[by].call() {
                Some(Call::Standbys(_)) => world.budget.lags = world.budget.lags.saturating_sub(1),
                Some(call) if call.hopeless(world) => {}
                _ => spend(world, |b| &mut b.slow),
            }
            let answer = late_answer(world, by);
            hear(world, by, Heard::Answer(answer));
        }
        Move::ReplyLost(by) => {
            spend(world, |b| &mut b.lost);
            say(world, by, Some(Answer::Lost));
        }
        Move::Unsaid(by) => {
            spend(world, |b| &mut b.lost);
            hear(world, by, Heard::Answer(Answer::Lost));
        }
        Move::Delayed(by) => delay(world, by),
        Move::Slow(by) => {
            spend(world, |b| &mut b.slow);
            if let Some(Task::Switch(attempt)) = world.operators[by].tasks.first_mut() {
                attempt.slow = true;
            }
        }
        Move::Twice(by) => {
            spend(world, |b| &mut b.twice);
            if let Some(call) = world.operators[by].call() {
                api::depart(world, by, call);
            }
            say(world, by, None);
        }
        Move::DiesAfter(by) => {
            spend(world, |b| &mut b.operator_crashes);
            say(world, by, None);
            world.operators[by].crash();
        }
        Move::Dies(by) => {
            spend(world, |b| &mut b.operator_crashes);
            world.operators[by].crash();
        }
        Move::Restarts(by) => world.operators[by] = Operator::new(),
        Move::PauseEnds(by) => world.operators[by].pauses = false,
        _ => happens(world, what),
    }
}

/// What happens to a server.
fn happens(world: &mut World, what: Move) {
    match what {
        Move::WorkerEnds(at, turn) => {
            if let Some(stream) = world.servers[at].now.subscription(turn) {
                stream.worker_left = false;
            }
        }
        Move::StreamOff(at, turn) => {
            spend(world, |b| &mut b.streams_off);
            if let Some(stream) = world.servers[at].now.subscription(turn) {
                (stream.enabled, stream.errors) = (false, stream.errors + 1);
            }
        }
        Move::Arrives(at, index) => {
            let flights = at.map_or(&mut world.flights, |at| &mut world.servers[at].flights);
            let flight = flights.remove(index);
            api::arrives(world, &flight);
        }
        Move::HoldEnds(at) => {
            if held_by_the_living(world, at) {
                spend(world, |b| &mut b.slow);
            }
            world.servers[at].hold = None;
        }
        Move::Late(at) => {
            spend(world, |b| &mut b.slow);
            world.servers[at].late = true;
        }
        Move::StandbyFollows(at) => world.servers[at].lags = false,
        Move::ServerDies(at, all_kept) => server_dies(world, at, all_kept),
        Move::ServerStarts(at) => world.servers[at].up = true,
        _ => {}
    }
}

fn spend(world: &mut World, of: fn(&mut crate::budget::Budget) -> &mut u8) {
    *of(&mut world.budget) -= 1;
    world.budget.faults -= 1;
}

/// The next message is said. `instead`: what is heard, whatever came of it.
fn say(world: &mut World, by: usize, instead: Option<Answer>) {
    let Some(call) = world.operators[by].call() else { return };
    let heard = call::perform(world, by, call);
    hear(world, by, instead.map_or(heard, Heard::Answer));
}

/// What a wait that ends early says.
fn late_answer(world: &World, by: usize) -> Answer {
    match world.operators[by].call() {
        Some(Call::Say(_, _, Statement::Hold)) => Answer::Busy,
        Some(Call::Say(..)) => Answer::Lost,
        _ => Answer::Refused,
    }
}

fn delay(world: &mut World, by: usize) {
    spend(world, |b| &mut b.delayed);
    let Some(call) = world.operators[by].call() else { return };
    api::depart(world, by, call);
    hear(world, by, Heard::Answer(Answer::Lost));
}

fn server_dies(world: &mut World, at: usize, all_kept: bool) {
    spend(world, |b| &mut b.server_crashes);
    let server = &mut world.servers[at];
    server.up = false;
    server.hold = None;
    server.flights.clear();
    if let (false, Some(disk)) = (all_kept, server.disk.as_ref()) {
        server.now = (**disk).clone();
    }
    server.disk = None;
    for stream in &mut server.now.subscriptions {
        stream.worker_left = false;
    }
    for client in world.clients.iter_mut().filter(|c| c.session.is_some_and(|(there, _)| there == at)) {
        *client = Client::default();
    }
    for operator in &mut world.operators {
        operator.sessions[at] = false;
    }
}

fn begin(world: &mut World, client: usize) {
    let (at, read_only) = world.clients[client].session.unwrap_or_else(|| {
        let at = world.service.leads;
        (at, world.servers[at].now.read_only)
    });
    let server = &mut world.servers[at];
    if read_only || (server.now.armed && server.now.closed) {
        // The client sees an error and connects anew.
        world.clients[client] = Client::default();
        return;
    }
    server.sequence += 1;
    let (key, locked) = (server.sequence, server.now.armed);
    let taken = server.now.rows & (1 << key) != 0;
    world.budget.writes -= 1;
    world.clients[client] = Client { session: Some((at, read_only)), writing: Some((key, locked)) };
    if taken {
        world.break_(format!("sequences: {} was given out again on {}", key, crate::world::side(at)));
    }
}

fn commit(world: &mut World, client: usize) {
    let Some((key, _)) = world.clients[client].writing.take() else { return };
    let Some((at, _)) = world.clients[client].session else { return };
    let server = &mut world.servers[at];
    if server.now.closed {
        world.break_(format!("I1: a closed side took a write, {}", crate::world::side(at)));
        return;
    }
    server.now.rows |= 1 << key;
    server.now.wal.push(Change::Row { key, applied: false });
    server.flush();
    world.acknowledged |= 1 << key;
}

/// Asynchronously: it is durable with the next synchronous commit.
fn apply(world: &mut World, into: usize, turn: u8, rules: Rules) {
    let Some((change, after)) = next_change(world, into, turn, rules.filter) else { return };
    let server = &mut world.servers[into];
    let disk = server.disk.take().unwrap_or_else(|| Box::new(server.now.clone()));
    let doubled = matches!(change, Change::Row { key, .. } if server.now.rows & (1 << key) != 0);
    match change {
        Change::Row { key, .. } if !doubled => {
            server.now.rows |= 1 << key;
            server.now.wal.push(Change::Row { key, applied: true });
        }
        Change::Marker(nonce) => server.now.seen |= 1 << nonce,
        Change::Row { .. } => {}
    }
    if let Some(stream) = server.now.subscription(turn) {
        stream.origin = after;
    }
    server.disk = Some(disk);
    if doubled {
        world.break_(format!("I3: {} got a row again that it had", crate::world::side(into)));
    }
}
