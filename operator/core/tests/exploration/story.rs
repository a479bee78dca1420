//! A way through the states as a story that a person can read.
use std::fmt::Write as _;

use crate::call::Call;
use crate::cover;
use crate::events::make;
use crate::look::{self, Decided};
use crate::moves::{Move, Rules};
use crate::server::Statement;
use crate::world::{Epoch, Server, Set, World, side};

/// The whole story.
pub fn tell(start: &World, rules: Rules, way: &[Move], what: &str) -> String {
    let mut text = format!("{what}\n\n");
    let mut world = start.clone();
    for (number, step) in way.iter().enumerate() {
        let _ = writeln!(text, "{:>4}  {}", number + 1, line(&world, *step));
        world = make(&world, *step, rules);
    }
    let _ = writeln!(text, "\nIn the end:");
    for at in [0, 1] {
        let _ = writeln!(text, "  {}: {}", side(at), server(&world.servers[at]));
    }
    let (service, object) = (&world.service, &world.object);
    let _ = writeln!(text, "  the Service selects {}, and leads to {}", side(service.selects), side(service.leads));
    let _ = writeln!(
        text,
        "  the object asks for {}{}",
        side(object.writer),
        if object.deleting { ", and is deleted" } else { "" }
    );
    let _ = writeln!(text, "  acknowledged: {}", set(world.acknowledged));
    for (by, operator) in world.operators.iter().enumerate() {
        let says = operator.call().map_or_else(|| "nothing to say".to_owned(), call);
        let _ = writeln!(text, "  operator {}: {}", by + 1, if operator.up { says } else { "dead".into() });
    }
    text
}

fn line(world: &World, step: Move) -> String {
    let says = |by: usize| {
        let place = cover::place(world, by).map_or_else(String::new, |place| format!(" ({place})"));
        format!("operator {} {}{place}", by + 1, world.operators[by].call().map_or_else(String::new, call))
    };
    match step {
        Move::Begin(client) => format!("client {} begins a write", client + 1),
        Move::Connect(client) => format!("client {} connects to {}", client + 1, side(world.service.leads)),
        Move::Commit(client) => format!("client {} commits, and is told so", client + 1),
        Move::Apply(into, turn) => format!("stream {turn} brings a change to {}", side(into)),
        Move::WorkerEnds(at, turn) => format!("the worker of stream {turn} on {} ends", side(at)),
        Move::Route => format!("connections land on {}", side(world.service.selects)),
        Move::Look(by) => match look::decided(world, by) {
            Decided::Act(actions, _) => format!("operator {} looks, and decides {actions:?}", by + 1),
            other => format!("operator {} looks, and decides {other:?}", by + 1),
        },
        Move::SeesOld(by, part) => format!("what operator {} sees of {part:?} gets old from now on", by + 1),
        Move::CatchesUp(by) => format!("operator {} sees it anew", by + 1),
        Move::Say(by) => says(by),
        Move::ReplyLost(by) => format!("{} — done, and the answer is lost", says(by)),
        Move::Unsaid(by) => format!("{} — it never arrives", says(by)),
        Move::Delayed(by) => format!("{} — it is under way for long", says(by)),
        Move::Twice(by) => format!("{} — done, and it is under way once more", says(by)),
        Move::Arrives(at, index) => {
            let flights = at.map_or(&world.flights, |at| &world.servers[at].flights);
            format!("late, what operator {} said arrives: {}", flights[index].operator + 1, call(flights[index].call))
        }
        Move::TimedOut(by) => format!("{} — in vain", says(by)),
        Move::Slow(by) => format!("{} — and that takes too long", says(by)),
        Move::Dies(by) => format!("operator {} dies", by + 1),
        Move::DiesAfter(by) => format!("{} — done, and the operator dies", says(by)),
        Move::Restarts(by) => format!("operator {} starts again", by + 1),
        Move::PauseEnds(by) => format!("operator {} has paused long enough", by + 1),
        Move::LeaseGoes(by) => format!("operator {} gets the Lease", by + 1),
        Move::ServerDies(at, kept) => {
            format!("{} dies{}", side(at), if kept { "" } else { ", and what was not flushed is gone" })
        }
        Move::ServerStarts(at) => format!("{} starts again", side(at)),
        Move::StandbyFollows(at) => format!("the standby of {} has what was written", side(at)),
        Move::HoldEnds(at) => format!("{} ends a transaction that was idle for too long: the hold is gone", side(at)),
        Move::Late(at) => format!("the time by which a recovery may go forward passes on {}", side(at)),
        Move::StreamOff(at, turn) => format!("{} turns stream {turn} off", side(at)),
        Move::Reverted(to) => format!("another manager points the Service at {}", side(to)),
        Move::WriterBlue => "the user asks for a rollback".into(),
        Move::Delete => "the user deletes the object".into(),
        Move::WindowEnds => "the rollback window passes".into(),
    }
}

/// A message in words.
fn call(call: Call) -> String {
    match call {
        Call::Connect(at) => format!("connects to {}", side(at)),
        Call::Highest(at) => format!("asks {} for its epoch", side(at)),
        Call::Take(at, Epoch { number, .. }) => format!("takes epoch {number} on {}", side(at)),
        Call::EndOlder(at, Epoch { number, .. }) => format!("ends sessions of epochs before {number} on {}", side(at)),
        Call::Record(at) => format!("reads the record of {}", side(at)),
        Call::Proof(at, nonce) => format!("looks for proof {nonce} on {}", side(at)),
        Call::Sequence(at) => format!("reads the sequence of {}", side(at)),
        Call::Position(at) => format!("reads the position of {}", side(at)),
        Call::Say(at, Epoch { number, .. }, what) => {
            format!("tells {} in epoch {number}: {}", side(at), statement(what))
        }
        Call::Covered(at) => format!("asks {} whether every table has its gate", side(at)),
        Call::CaughtUp(at, turn) => format!("waits until stream {turn} has brought {} everything", side(at)),
        Call::Seen(at, nonce) => format!("waits for marker {nonce} on {}", side(at)),
        Call::Standbys(at) => format!("waits until the standby of {} has what was written", side(at)),
        Call::WorkersGone(at) => format!("waits until the workers on {} are gone", side(at)),
        Call::ReadService => "reads the Service".into(),
        Call::ReadObject => "reads the object".into(),
        Call::IsOpen(at, _) => format!("asks {} whether it is open", side(at)),
        Call::Apply(to) => format!("points the Service at {}", side(to)),
        Call::Settled(to) => format!("waits until connections land on {}", side(to)),
        Call::RemoveFinalizer => "takes the finalizer off the object".into(),
        Call::Release(at) => format!("lets the hold on {} go", side(at)),
    }
}

fn statement(what: Statement) -> String {
    match what {
        Statement::MakeSlot(turn) => format!("make slot {turn}"),
        Statement::Subscribe(turn) => format!("make subscription {turn}"),
        Statement::Arm => "put the gate on every table".into(),
        Statement::SetSequence(value) => format!("set the sequence to {value}"),
        Statement::MakeWritable => "new sessions may write".into(),
        Statement::EndReadOnlySessions => "end the read-only sessions".into(),
        Statement::Hold => "lock the gate".into(),
        Statement::Marker(nonce) => format!("write marker {nonce}"),
        Statement::Prove { nonce, .. } => format!("commit proof {nonce}"),
        Statement::Close { turn, nonce, position, .. } => {
            format!("close, by attempt {nonce} of turn {turn}; the way back starts at {position}")
        }
        Statement::Reopen => "open again".into(),
        Statement::Shut => "close, for both are open".into(),
        Statement::Open { nonce, turn, stream } => {
            format!("open, if proof {nonce} is there, in turn {turn}; stream {stream} ends")
        }
        Statement::ReadOnly => "new sessions are read-only".into(),
        Statement::EndSessions => "end the sessions of clients".into(),
        Statement::EndWorker(turn) => format!("end the worker of stream {turn}"),
        Statement::MoveOrigin { stream, position } => format!("stream {stream} goes on at {position}"),
        Statement::Enable(turn) | Statement::EnableIfThere(turn) => format!("turn stream {turn} on"),
        Statement::ForgetErrors(turn) => format!("forget the errors of stream {turn}"),
        Statement::DropSubscription(turn) => format!("drop subscription {turn}"),
        Statement::DropSlot(turn) => format!("drop slot {turn}"),
        Statement::SweepSubscriptions(keep) => format!("drop every subscription{}", but(keep)),
        Statement::SweepSlots(keep) => format!("drop every slot{}", but(keep)),
        Statement::Disarm => "take the gate off every table".into(),
        Statement::Tombstone => "write the tombstone".into(),
        Statement::DropRecords => "drop the records".into(),
    }
}

fn but(keep: Option<u8>) -> String {
    keep.map_or_else(String::new, |turn| format!(" but {turn}"))
}

/// A server in one line.
fn server(server: &Server) -> String {
    let db = &server.now;
    let mut text = String::from(if db.open() { "open" } else { "closed" });
    let mut say = |is: bool, what: String| {
        if is {
            let _ = write!(text, ", {what}");
        }
    };
    say(!server.up, "down".into());
    say(!db.recorded, "no records".into());
    say(db.recorded, format!("epoch {} of {}, turn {}", db.epoch.number, db.epoch.holder, db.turn));
    say(db.nonce > 0, format!("closed by attempt {}", db.nonce));
    say(db.tombstone, "a tombstone".into());
    say(db.armed, "the gate".into());
    say(db.read_only, "read-only for new sessions".into());
    say(server.hold.is_some(), "held".into());
    say(true, format!("rows {}", set(db.rows)));
    say(server.disk.is_some(), format!("of which durable {}", set(server.disk.as_ref().map_or(0, |disk| disk.rows))));
    for stream in &db.subscriptions {
        let runs = if stream.works() { "runs" } else { "is off" };
        say(true, format!("subscription {} {runs}, at {}", stream.turn, stream.origin));
    }
    for slot in &server.slots {
        say(true, format!("slot {} from {}", slot.turn, slot.start));
    }
    text
}

fn set(of: Set) -> String {
    let keys: Vec<String> = (0..Set::BITS).filter(|key| of & (1 << key) != 0).map(|key| key.to_string()).collect();
    if keys.is_empty() { "none".into() } else { keys.join(" ") }
}
