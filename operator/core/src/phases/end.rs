//! Ends of a run: after the window, after a rollback, after a failure. An ended run is never taken up again.
use std::ops::ControlFlow;

use verdigris_crds::{Phase, Side};

use crate::{
    action::Action,
    decide::{Decision, Next, Verdict, act},
    observation::Observation,
    plan::Plan,
};

/// Stops the walk where the run is over: by a tombstone, or by the phase written last.
pub fn already_over(plan: &Plan, obs: &Observation) -> Next {
    let blue = obs.blue.record.known().and_then(Option::as_ref);
    let green = obs.green.record.known().and_then(Option::as_ref);
    let last = plan.last_phase();
    let (phase, reason, message) = if blue.is_some_and(|r| r.tombstone.is_some()) || last == Phase::Succeeded {
        (
            Phase::Succeeded,
            "Completed",
            "Green serves and the rollback window is over. Blue is closed and keeps a tombstone that says how to open it.",
        )
    } else if green.is_some_and(|r| r.tombstone.is_some()) || last == Phase::RolledBack {
        (
            Phase::RolledBack,
            "RolledBackByRequest",
            "Blue serves again, with every write that green took. Green is closed. To try again, make a new object with a new green.",
        )
    } else if last == Phase::Failed {
        let why = plan
            .previous
            .conditions
            .iter()
            .find(|c| c.type_ == "Succeeded")
            .map_or_else(String::new, |c| c.message.clone());
        return over(
            obs,
            Phase::Failed,
            "Failed",
            if why.is_empty() { "The run failed; nothing of it is left on blue.".into() } else { why },
        );
    } else {
        return ControlFlow::Continue(());
    };
    over(obs, phase, reason, message.into())
}

fn over(obs: &Observation, phase: Phase, reason: &str, message: String) -> Next {
    if obs.object.finalizer {
        return act(phase, vec![Action::RemoveFinalizer]);
    }
    ControlFlow::Break(Decision { phase, verdict: Verdict::Done { reason: reason.into(), message } })
}

/// The writer came back to blue: streams go, green keeps a tombstone.
pub fn rolled_back(plan: &Plan, obs: &Observation) -> Next {
    match obs.service.known().and_then(|s| s.points_at) {
        Some(Side::Blue) => {}
        _ => return act(Phase::RollingBack, vec![Action::PointService { to: Side::Blue }]),
    }
    let ours = |r: &crate::record::Record| obs.epoch.is_some_and(|e| e.number == r.epoch && Some(e.holder) == r.holder);
    let claimed = [&obs.blue, &obs.green].iter().all(|s| s.record.known().and_then(Option::as_ref).is_some_and(ours));
    if !claimed {
        return act(Phase::RollingBack, vec![Action::Recover]);
    }
    let _ = plan;
    act(Phase::RollingBack, vec![Action::Finish { writer: Side::Blue, why: "rolled back by request".into() }])
}
