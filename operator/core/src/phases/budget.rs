//! The budget of retained WAL (I9): it holds from the first slot to the last, whatever else goes on, is suspended or cannot be seen.
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

/// In the window: past the budget the way back is given up on green, or the witness of stray writes on blue. Green serves on.
pub fn of_window(plan: &Plan, obs: &Observation) -> Next {
    for (side, facts) in [(Side::Green, &obs.green), (Side::Blue, &obs.blue)] {
        if let Some(overrun) = breached(plan, facts) {
            return act(Phase::RollbackWindow, vec![Action::DropSlots { side, overrun }]);
        }
    }
    ControlFlow::Continue(())
}

fn breached(plan: &Plan, side: &SideFacts) -> Option<Overrun> {
    let allowed = plan.retained_wal_bytes();
    side.retained_bytes.filter(|retained| *retained > allowed).map(|retained| Overrun { retained, allowed })
}
