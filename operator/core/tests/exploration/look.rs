//! One look of an operator: the model world as an `Observation`, and what production's `decide` makes of it.
use std::cell::RefCell;
use std::collections::HashMap;

use verdigris_core::action::Action;
use verdigris_core::decide::{Verdict, decide};
use verdigris_core::digest;
use verdigris_core::fact::{Fact, Problem};
use verdigris_core::observation::{AttemptFacts, ServiceFacts, StreamFacts};
use verdigris_core::record::Epoch as CoreEpoch;
use verdigris_crds::{CutoverPolicy, Phase, Side};

use crate::attempt::Attempt;
use crate::decide_support;
use crate::operator::{Old, Part, Task};
use crate::recovery::Recovery;
use crate::row::{Row, holder};
use crate::server::Statement;
use crate::tasks::{Claim, Ending, Point};
use crate::world::{BLUE, Epoch, GREEN, World, index, side};

/// The time of every look, seconds since 1970.
pub const NOW: i64 = decide_support::NOW;

/// All that a decision can depend on here.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Seen {
    up: [bool; 2],
    rows: [Option<Row>; 2],
    leftovers: [bool; 2],
    selects: usize,
    /// The stream into the closed side: enabled, errors, its slot is there.
    stream: Option<(usize, bool, u8, bool)>,
    epoch: Option<Epoch>,
    pauses: bool,
    object: crate::world::Object,
}

/// What a decision comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Decided {
    Act(Vec<Action>, Phase),
    /// Reason, and whether a human is asked for.
    Wait(String, bool),
    Done,
}

thread_local! {
    static DECIDED: RefCell<HashMap<Seen, Decided>> = RefCell::default();
}

/// What an operator decides on its look.
pub fn decided(world: &World, by: usize) -> Decided {
    let seen = see(world, by);
    if let Some(known) = DECIDED.with_borrow(|all| all.get(&seen).cloned()) {
        return known;
    }
    let decided = ask(&seen);
    DECIDED.with_borrow_mut(|all| all.insert(seen, decided.clone()));
    decided
}

/// A look, and what follows from it. What was seen as it was is seen anew the next time.
pub fn act(world: &mut World, by: usize) {
    let Decided::Act(actions, phase) = decided(world, by) else { return };
    let moves = actions.iter().any(|action| matches!(action, Action::Switchover { .. }));
    let old = matches!(&world.operators[by].old, Some(Old::Object(object)) if *object != world.object);
    // The writer moves for nothing but what is asked for now: the object is read again before it does.
    if !(moves && old) {
        world.operators[by].tasks = tasks(world, by, &actions);
        if phase.is_terminal() {
            world.object.phase = Some(phase);
        }
    }
    world.operators[by].old = None;
}

/// What it sees as it was makes a difference.
pub fn misled(world: &World, by: usize) -> bool {
    let operator = &world.operators[by];
    if operator.old.is_none() || !operator.tasks.is_empty() {
        return false;
    }
    let mut anew = world.clone();
    anew.operators[by].old = None;
    decided(world, by) != decided(&anew, by)
}

/// Something as it is at this moment.
pub fn remember(world: &World, part: Part) -> Old {
    match part {
        Part::Object => Old::Object(world.object.clone()),
        Part::Service => Old::Service(world.service.selects),
        Part::Record(at) => {
            let server = &world.servers[at];
            Old::Record(at, server.up, Row::of(server).filter(|_| server.up))
        }
    }
}

/// The tasks of a decision.
pub fn tasks(world: &World, by: usize, actions: &[Action]) -> Vec<Task> {
    let seen = see(world, by);
    let recorded: Vec<usize> = [BLUE, GREEN].into_iter().filter(|at| seen.rows[*at].is_some()).collect();
    let epoch = seen.epoch.unwrap_or_default();
    let stream = |into: Side, make: fn(u8) -> Statement| {
        let into = index(into);
        let turn = seen.rows[into].map_or(0, |row| row.turn);
        Task::Stream { into, epoch, statement: make(turn), connected: false }
    };
    let task = |action: &Action| match action {
        Action::Claim => Some(Task::Claim(Claim::new(by, &recorded))),
        Action::Recover => Some(Task::Recover(Recovery::new(by, false, true, world.defect))),
        Action::Switchover { from, .. } => Some(Task::Switch(Box::new(Attempt::new(by, index(*from), world.defect)))),
        Action::PointService { to } => Some(Task::Point(Point::new(index(*to), world.defect))),
        Action::Finish { writer, .. } => {
            Some(Task::End(Ending::new(by, index(*writer), false, &recorded, world.defect)))
        }
        Action::Undo { .. } => Some(Task::End(Ending::new(by, BLUE, true, &recorded, world.defect))),
        Action::ReviveStream { into } => Some(stream(*into, Statement::Enable)),
        Action::ResumeForward => Some(stream(Side::Green, Statement::Enable)),
        Action::ForgetErrors { into } => Some(stream(*into, Statement::ForgetErrors)),
        Action::RemoveFinalizer => Some(Task::RemoveFinalizer { read: false }),
        Action::CarryRoles => None,
        // Not part of this world: nothing comes of it, and the search says that nothing leads to rest.
        _ => None,
    };
    actions.iter().filter_map(task).collect()
}

fn see(world: &World, by: usize) -> Seen {
    let mut seen = fresh(world, by);
    match &world.operators[by].old {
        Some(Old::Object(object)) => seen.object = object.clone(),
        Some(Old::Service(selects)) => seen.selects = *selects,
        Some(Old::Record(at, up, row)) => (seen.up[*at], seen.rows[*at]) = (*up, *row),
        None => {}
    }
    seen
}

fn fresh(world: &World, by: usize) -> Seen {
    let up = [0, 1].map(|at: usize| world.servers[at].up);
    let rows = [0, 1].map(|at: usize| Row::of(&world.servers[at]).filter(|_| up[at]));
    let mut seen = Seen {
        up,
        rows,
        leftovers: [false; 2],
        selects: world.service.selects,
        stream: None,
        epoch: world.operators[by].epoch,
        pauses: world.operators[by].pauses,
        object: world.object.clone(),
    };
    let closed = match rows {
        [Some(blue), Some(green)] if blue.closed != green.closed => usize::from(green.closed),
        _ => return seen,
    };
    let turn = rows[closed].map_or(0, |row| row.turn);
    for at in [BLUE, GREEN] {
        let server = &world.servers[at];
        let witness = rows[at].and_then(|row| row.witness);
        seen.leftovers[at] = server.now.subscriptions.iter().any(|s| s.turn != turn)
            || server.slots.iter().any(|s| s.turn != turn && Some(s.turn) != witness);
    }
    let found = world.servers[closed].now.subscriptions.iter().find(|s| s.turn == turn);
    seen.stream = found.map(|s| (closed, s.enabled, s.errors, world.servers[1 - closed].slot(turn).is_some()));
    seen
}

fn ask(seen: &Seen) -> Decided {
    let mut template = decide_support::World::proved("");
    let gone = || Problem::transient("Unreachable", "it cannot be reached");
    let (plan, obs) = (&mut template.plan, &mut template.obs);
    plan.spec.cutover.policy = CutoverPolicy::Automatic;
    plan.spec.writer = side(seen.object.writer);
    // The window of this world is a minute long, and over or not.
    plan.spec.rollback.window_seconds = if seen.object.window_over { 0 } else { 60 };
    obs.object.deleting = seen.object.deleting;
    obs.object.finalizer = seen.object.finalizer;
    for at in [BLUE, GREEN] {
        let facts = if at == BLUE { &mut obs.blue } else { &mut obs.green };
        let row = seen.rows[at].map(|row| row.record(at, seen.object.window_over));
        facts.record = if seen.up[at] { Fact::Known(row) } else { Fact::Unknown(gone()) };
        facts.ready = Fact::Known(seen.up[at]);
        facts.version = seen.up[at].then(|| if at == BLUE { "15.19".into() } else { "17.11".into() });
        facts.leftovers = if seen.leftovers[at] { vec!["subscription verdigris_old".into()] } else { Vec::new() };
    }
    let points_at = Some(side(seen.selects));
    obs.service = Fact::Known(ServiceFacts { exists: true, points_at, ours: true, reverted_by: None });
    obs.stream = match (seen.up, seen.stream) {
        ([true, true], found) => Fact::Known(found.map(|(into, enabled, errors, slot)| StreamFacts {
            enabled,
            stopped: !enabled && errors == 0,
            apply_errors: errors.into(),
            slot_lost: !slot,
            marker_seen: enabled,
            ..decide_support::stream(side(into))
        })),
        _ => Fact::Unknown(gone()),
    };
    obs.strays = Fact::Known(0);
    obs.epoch = seen.epoch.map(|epoch| CoreEpoch { number: epoch.number.into(), holder: holder(epoch.holder) });
    obs.last_attempt = seen.pauses.then(|| AttemptFacts { problem: gone(), tries: 1, not_before: NOW + 10 });
    obs.plan = Fact::Known(Some(digest::document(plan, obs).0));
    plan.previous.phase = seen.object.phase.map(|phase| phase.as_str().to_owned());
    let decision = decide(plan, obs, NOW);
    match decision.verdict {
        Verdict::Act(actions) => Decided::Act(actions, decision.phase),
        Verdict::Wait(wait) => Decided::Wait(wait.reason, wait.stalled),
        Verdict::Done { .. } => Decided::Done,
    }
}
