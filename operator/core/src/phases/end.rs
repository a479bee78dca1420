//! Ends of a run: after the window, after a rollback, after a failure. An ended run is never taken up again, and it has
//! ended only when what it made is seen to be gone (I9).
use std::ops::ControlFlow;

use verdigris_crds::{Phase, Side};

use crate::{
    action::Action,
    decide::{Decision, Next, Verdict, act, known},
    observation::{Observation, SideFacts},
    plan::Plan,
};

/// Stops the walk where the run is over: by a tombstone, or by the phase written last.
pub fn already_over(plan: &Plan, obs: &Observation) -> Next {
    let last = plan.last_phase();
    if buried(&obs.blue) || last == Phase::Succeeded {
        let text = "Green serves and the rollback window is over. Blue is closed and keeps a tombstone that says how to open it.";
        return finished(plan, obs, Side::Green, Phase::Succeeded, "Completed", text);
    }
    if buried(&obs.green) || last == Phase::RolledBack {
        let text = "Blue serves again, with every write that green took. Green is closed. To try again, make a new object with a new green.";
        return finished(plan, obs, Side::Blue, Phase::RolledBack, "RolledBackByRequest", text);
    }
    if last == Phase::Failed {
        let said = plan.previous.conditions.iter().find(|c| c.type_ == "Succeeded").map(|c| c.message.clone());
        let why =
            said.filter(|m| !m.is_empty()).unwrap_or_else(|| "The run failed; nothing of it is left on blue.".into());
        if known(plan, &obs.blue.record)?.is_some() || !obs.blue.leftovers.is_empty() {
            return act(Phase::Failed, vec![Action::Undo { why }]);
        }
        return over(obs, Phase::Failed, "Failed", why);
    }
    ControlFlow::Continue(())
}

/// A side that was retired: its tombstone says so.
pub(crate) fn buried(side: &SideFacts) -> bool {
    side.record.known().and_then(Option::as_ref).is_some_and(|r| r.tombstone.is_some())
}

/// The other side has its tombstone; the writer must be clean too, or a crash came between.
fn finished(plan: &Plan, obs: &Observation, writer: Side, phase: Phase, reason: &str, message: &str) -> Next {
    let facts = if writer == Side::Blue { &obs.blue } else { &obs.green };
    // Without the finalizer it was seen to be clean before: the object alone may say so then.
    if obs.object.finalizer && known(plan, &facts.record)?.is_some() {
        return act(phase, vec![Action::Finish { writer, why: "a crash came between the two sides".into() }]);
    }
    over(obs, phase, reason, message.into())
}

fn over(obs: &Observation, phase: Phase, reason: &str, message: String) -> Next {
    if obs.object.finalizer {
        return act(phase, vec![Action::RemoveFinalizer]);
    }
    ControlFlow::Break(Decision { phase, verdict: Verdict::Done { reason: reason.into(), message } })
}

/// The writer came back to blue: streams go, green keeps a tombstone.
pub fn rolled_back(obs: &Observation) -> Next {
    match obs.service.known().and_then(|s| s.points_at) {
        Some(Side::Blue) => {}
        _ => return act(Phase::RollingBack, vec![Action::PointService { to: Side::Blue }]),
    }
    let ours = |r: &crate::record::Record| obs.epoch.is_some_and(|e| e.number == r.epoch && Some(e.holder) == r.holder);
    let claimed = [&obs.blue, &obs.green].iter().all(|s| s.record.known().and_then(Option::as_ref).is_some_and(ours));
    if !claimed {
        return act(Phase::RollingBack, vec![Action::Recover]);
    }
    act(Phase::RollingBack, vec![Action::Finish { writer: Side::Blue, why: "rolled back by request".into() }])
}
