//! After the cutover: watch the way back, go it when asked, and end the window when its time is over on both clocks.
use verdigris_crds::{Phase, Side};

use crate::{
    action::Action,
    decide::{Decision, Next, Verdict, Wait, act, known, stalled, unknown, wait},
    observation::Observation,
    phases::{budget, cutover, revive::revive, way_back},
    plan::Plan,
    record::Record,
};

/// Decides while green writes and blue is closed.
pub fn decide(plan: &Plan, obs: &Observation, now: i64) -> Next {
    let green = known(plan, &obs.green.record)?;
    let Some(green) = green else { return act(Phase::RollbackWindow, vec![Action::Recover]) };
    let ours = obs.epoch.is_some_and(|e| e.number == green.epoch && Some(e.holder) == green.holder);
    if !ours || !obs.blue.leftovers.is_empty() || !obs.green.leftovers.is_empty() {
        return act(Phase::RollbackWindow, vec![Action::Recover]);
    }
    budget::of_witness(plan, obs)?;
    let service = known(plan, &obs.service)?;
    if service.points_at != Some(Side::Green) {
        return act(Phase::RollbackWindow, vec![Action::PointService { to: Side::Green }]);
    }
    if let Some(stream) = known(plan, &obs.stream)? {
        revive(Phase::RollbackWindow, stream)?;
    }
    if plan.spec.writer == Side::Blue {
        return roll_back(plan, obs, now);
    }
    time(plan, obs, green, now)
}

fn roll_back(plan: &Plan, obs: &Observation, now: i64) -> Next {
    if let Some((_, why)) = way_back::in_the_way(plan, obs) {
        return stalled(
            Phase::RollbackWindow,
            "RollbackUnavailable",
            format!(
                "spec.writer asks for a rollback, but it would lose writes: {why}. Mend that, or set spec.writer back to Green."
            ),
        );
    }
    // Unknown is never zero (I7): a blue that somebody may have written on is gone back to only by a human's word.
    match way_back::uncounted(plan, obs) {
        Some(problem) if problem.transient => {
            return std::ops::ControlFlow::Break(unknown(Phase::RollbackWindow, &problem));
        }
        Some(problem) => {
            let text = format!(
                "spec.writer asks for a rollback, but nobody knows whether blue is green's copy still: {} Or set spec.writer back to Green.",
                problem.message
            );
            return stalled(Phase::RollbackWindow, "RollbackUnavailable", text);
        }
        None => {}
    }
    if plan.spec.suspend {
        let text = "Suspended before the rollback; green serves, and blue is kept in step.";
        return wait(Phase::RollbackWindow, "Suspended", text, 60);
    }
    // The same gate as on the way there: a Service without endpoints cuts every writer off (I8).
    if !*known(plan, &obs.blue.ready)? {
        let text =
            "Blue has no ready pod; nothing is switched back before it has. Look at its pods and their readiness.";
        return wait(Phase::RollbackWindow, "BlueNotReady", text, 5);
    }
    cutover::attempt(obs, now, Side::Green)
}

fn time(plan: &Plan, obs: &Observation, green: &Record, now: i64) -> Next {
    let (Some(opened), Some(until)) = (green.opened_at, green.window_until) else {
        return stalled(
            Phase::RollbackWindow,
            "WindowUnknown",
            "Green's record does not say when the window ends; blue stays closed and the way back open. Set verdigris.state.window_until on green.",
        );
    };
    let wanted = plan.spec.rollback.window_seconds;
    if opened.saturating_add(wanted) > until {
        return act(Phase::RollbackWindow, vec![Action::ExtendWindow { seconds: wanted }]);
    }
    // The server's clock and ours must both say so: a clock that jumps must not burn the way back.
    if green.window_over && now >= until && !plan.spec.suspend {
        return act(
            Phase::RollbackWindow,
            vec![Action::Finish { writer: Side::Green, why: "the rollback window ended".into() }],
        );
    }
    let (reason, message) = match (way_back::in_the_way(plan, obs), way_back::uncounted(plan, obs)) {
        (Some((reason, why)), _) => (reason.to_owned(), format!("Green serves, but there is no way back: {why}.")),
        (None, Some(problem)) => {
            (problem.reason, format!("Green serves, but nobody knows what the way back is worth: {}", problem.message))
        }
        (None, None) => (
            "WindowOpen".to_owned(),
            "Green serves. Blue follows it, so that `spec.writer: Blue` goes back without losing a write.".to_owned(),
        ),
    };
    let left = u32::try_from((until - now).clamp(1, 15)).unwrap_or(15);
    std::ops::ControlFlow::Break(Decision {
        phase: Phase::RollbackWindow,
        verdict: Verdict::Wait(Wait { reason, message, stalled: false, until: Some(until), recheck_seconds: left }),
    })
}
