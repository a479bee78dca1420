//! The budget of retained WAL (I9): it holds from the first slot to the last, whatever else goes on, is suspended or cannot be seen.
use std::ops::ControlFlow;

use verdigris_crds::{Phase, Side};

use crate::{
    action::{Action, JobKind},
    decide::{Next, act},
    fact::Fact,
    observation::{Observation, SideFacts},
    plan::Plan,
    record::Overrun,
};

/// While blue writes: past the budget the run fails, and blue is as it was. It needs no green: a green that is down is why WAL
/// piles up.
pub fn of_blue(plan: &Plan, obs: &Observation) -> Next {
    let Some(overrun) = breached(plan, &obs.blue) else { return ControlFlow::Continue(()) };
    let why = format!(
        "WALBudgetExceeded: slots of this run retained {} bytes of WAL on blue, spec.budget.retainedWal allows {}; they were dropped",
        overrun.retained, overrun.allowed
    );
    let mut actions: Vec<Action> =
        [JobKind::Clone, JobKind::Migrate, JobKind::Compare].map(|kind| Action::DeleteJob { kind }).to_vec();
    actions.push(Action::Undo { why });
    act(Phase::Failed, actions)
}

/// While green writes: past the budget the way back is given up, and green serves on. It needs neither blue nor the Service: a blue
/// that is down is why WAL piles up.
pub fn of_green(plan: &Plan, obs: &Observation) -> Next {
    let Some(green) = obs.green.ours() else { return ControlFlow::Continue(()) };
    let serves = !green.closed && green.opened_at.is_some() && green.tombstone.is_none();
    let blue_is_open = obs.blue.ours().is_some_and(|blue| !blue.closed);
    let Some(overrun) = breached(plan, &obs.green).filter(|_| serves && !blue_is_open) else {
        return ControlFlow::Continue(());
    };
    if obs.epoch.is_some_and(|e| e.number == green.epoch && Some(e.holder) == green.holder) {
        return act(Phase::RollbackWindow, vec![Action::DropSlots { side: Side::Green, overrun }]);
    }
    // With both sides in sight a new process settles first what the last one left; without blue it cannot.
    match obs.blue.record {
        Fact::Unknown(_) => act(Phase::RollbackWindow, vec![Action::Claim]),
        Fact::Known(_) => ControlFlow::Continue(()),
    }
}

/// In the window: past the budget the witness of stray writes on blue is given up.
pub fn of_witness(plan: &Plan, obs: &Observation) -> Next {
    match breached(plan, &obs.blue) {
        Some(overrun) => act(Phase::RollbackWindow, vec![Action::DropSlots { side: Side::Blue, overrun }]),
        None => ControlFlow::Continue(()),
    }
}

fn breached(plan: &Plan, side: &SideFacts) -> Option<Overrun> {
    let allowed = plan.retained_wal_bytes();
    side.retained_bytes.filter(|retained| *retained > allowed).map(|retained| Overrun { retained, allowed })
}
