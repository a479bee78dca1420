//! A way through the states as a story that a person can read, and the names under which coverage counts.
use std::fmt::Write as _;

use crate::call::Call;
use crate::events::make;
use crate::look::{self, Decided};
use crate::moves::{Move, Rules};
use crate::operator::Task;
use crate::world::{World, side};

/// The whole story.
pub fn tell(start: &World, rules: Rules, way: &[Move], what: &str) -> String {
    let mut text = format!("{what}\n");
    let mut world = start.clone();
    for (number, step) in way.iter().enumerate() {
        let _ = writeln!(text, "{:>4}  {}", number + 1, line(&world, *step));
        world = make(&world, *step, rules);
    }
    let _ = writeln!(text, "\nIn the end:");
    for at in [0, 1] {
        let _ = writeln!(text, "  {}: {:?}", side(at), world.servers[at]);
    }
    let _ = writeln!(text, "  {:?}\n  {:?}\n  acknowledged {:#b}", world.service, world.object, world.acknowledged);
    for (by, operator) in world.operators.iter().enumerate() {
        let _ = writeln!(
            text,
            "  operator {}: up {}, epoch {:?}, {:?}",
            by + 1,
            operator.up,
            operator.epoch,
            operator.call()
        );
    }
    text
}

fn line(world: &World, step: Move) -> String {
    let says = |by: usize| {
        let (label, _) = label(world, Move::Say(by));
        let call = world.operators[by].call().map_or_else(String::new, |call| format!("{call:?}"));
        format!("operator {} at {label}: {call}", by + 1)
    };
    match step {
        Move::Begin(client) => format!("client {} begins a write", client + 1),
        Move::Connect(client) => format!("client {} connects to {}", client + 1, side(world.service.leads)),
        Move::Commit(client) => format!("client {} commits, and is told so", client + 1),
        Move::Apply(into, turn) => format!("stream {turn} brings a change to {}", side(into)),
        Move::WorkerEnds(at, turn) => format!("the worker of stream {turn} on {} ends", side(at)),
        Move::Route => format!("connections land on {}", side(world.service.selects)),
        Move::Look(by) => match look::decided(world, by) {
            Decided::Act(actions) => format!("operator {} decides {actions:?}", by + 1),
            other => format!("operator {} decides {other:?}", by + 1),
        },
        Move::Say(by) => says(by),
        Move::ReplyLost(by) => format!("{} — the answer is lost", says(by)),
        Move::Unsaid(by) => format!("{} — it never arrives", says(by)),
        Move::Delayed(by) => format!("{} — it is under way for long", says(by)),
        Move::Arrives(at, index) => {
            format!("delayed, it arrives at {}: {:?}", side(at), world.servers[at].flights[index])
        }
        Move::TimedOut(by) => format!("{} — in vain", says(by)),
        Move::Slow(by) => format!("{} — takes too long", says(by)),
        Move::ServerDies(at, kept) => {
            format!("{} dies{}", side(at), if kept { "" } else { ", and what was not flushed is gone" })
        }
        other => format!("{other:?}"),
    }
}

/// What is counted: at which message, and what happened to it.
pub fn label(world: &World, step: Move) -> (String, &'static str) {
    let at = |by: usize| match world.operators[by].tasks.first() {
        Some(Task::Switch(attempt)) => match (attempt.step(), attempt.recovery()) {
            (Some(step), _) => step.as_str().to_owned(),
            (None, Some(_)) => of_call("recovery: ", world.operators[by].call()),
            _ => of_call("switch: ", world.operators[by].call()),
        },
        Some(Task::Recover(_)) => of_call("recovery: ", world.operators[by].call()),
        Some(Task::Claim(_)) => of_call("claim: ", world.operators[by].call()),
        Some(Task::End(_)) => of_call("end: ", world.operators[by].call()),
        Some(Task::Point(_)) => of_call("point: ", world.operators[by].call()),
        Some(Task::Stream { .. }) => of_call("stream: ", world.operators[by].call()),
        Some(Task::RemoveFinalizer) => "remove finalizer".to_owned(),
        None => "idle".to_owned(),
    };
    match step {
        Move::Say(by) => (at(by), "done"),
        Move::ReplyLost(by) => (at(by), "reply lost"),
        Move::Unsaid(by) => (at(by), "not sent"),
        Move::Delayed(by) => (at(by), "delayed"),
        Move::TimedOut(by) => (at(by), "in vain"),
        Move::Slow(by) => (at(by), "too slow"),
        Move::Dies(by) => (at(by), "operator dies"),
        Move::Look(_) => ("look".into(), "done"),
        Move::ServerDies(0, _) => (at(0), "blue dies"),
        Move::ServerDies(..) => (at(0), "green dies"),
        Move::LeaseGoes(_) => ("lease".into(), "goes"),
        Move::HoldEnds(_) => ("hold".into(), "ends"),
        Move::Arrives(..) => ("message".into(), "arrives late"),
        _ => ("world".into(), "goes on"),
    }
}

fn of_call(prefix: &str, call: Option<Call>) -> String {
    let Some(call) = call else { return prefix.to_owned() };
    let text = match call {
        Call::Say(_, _, statement) => format!("{statement:?}"),
        call => format!("{call:?}"),
    };
    let name: String = text.chars().take_while(|c| c.is_alphanumeric()).collect();
    format!("{prefix}{name}")
}
