//! The budget of retained WAL (I9): it holds from the first slot to the last, suspended or deleted, and when the other side cannot be
//! seen. Without the API server nothing is seen, and only the servers' own limit holds.
use std::ops::ControlFlow;

use verdigris_crds::{Phase, Side};

use crate::{
    action::{Action, JobKind},
    decide::{Next, act},
    observation::{Observation, SideFacts},
    plan::Plan,
    record::Overrun,
};

/// While blue writes: past the budget the run fails, and blue is as it was. It needs no green: a green that is down is why WAL
/// piles up.
pub fn of_blue(plan: &Plan, obs: &Observation) -> Next {
    // Slots that went for it already retain nothing: the record says that they did.
    let noted = || obs.blue.ours().and_then(|blue| blue.overrun);
    let Some(overrun) = breached(plan, &obs.blue).or_else(noted) else { return ControlFlow::Continue(()) };
    let why = format!(
        "WALBudgetExceeded: slots of this run retained {} bytes of WAL on blue, spec.budget.retainedWal allows {}; they were dropped",
        overrun.retained, overrun.allowed
    );
    let mut actions: Vec<Action> =
        [JobKind::Clone, JobKind::Migrate, JobKind::Compare].map(|kind| Action::DeleteJob { kind }).to_vec();
    // The disk first: what ends a run may have to wait, for a pooler or a lock.
    actions.extend([Action::DropSlots { side: Side::Blue, overrun }, Action::Undo { why }]);
    act(Phase::Failed, actions)
}

/// Blue writes again: past the budget the stream into green is given up, which nobody needs any more. It needs no green.
pub fn of_blue_again(plan: &Plan, obs: &Observation) -> Next {
    match breached(plan, &obs.blue) {
        Some(overrun) => act(Phase::RollingBack, vec![Action::DropSlots { side: Side::Blue, overrun }]),
        None => ControlFlow::Continue(()),
    }
}

/// While green writes: past the budget the way back is given up, and green serves on. It needs no blue: a blue that is down is why
/// WAL piles up.
pub fn of_green(plan: &Plan, obs: &Observation) -> Next {
    let serves = obs.green.ours().is_some_and(|g| !g.closed && g.opened_at.is_some() && g.tombstone.is_none());
    let blue_is_open = obs.blue.ours().is_some_and(|blue| !blue.closed);
    match breached(plan, &obs.green) {
        Some(overrun) if serves && !blue_is_open => {
            act(Phase::RollbackWindow, vec![Action::DropSlots { side: Side::Green, overrun }])
        }
        _ => ControlFlow::Continue(()),
    }
}

/// While the object is being deleted: that may have to wait for a side which is down, and the other one's disk cannot.
pub fn of_the_end(plan: &Plan, obs: &Observation) -> Next {
    for (side, facts) in [(Side::Green, &obs.green), (Side::Blue, &obs.blue)] {
        if let Some(overrun) = breached(plan, facts).filter(|_| facts.ours().is_some()) {
            return act(Phase::Terminating, vec![Action::DropSlots { side, overrun }]);
        }
    }
    ControlFlow::Continue(())
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
