//! After the cutover: watch the way back, go it when asked, and end the window when its time is over on both clocks.
use verdigris_crds::{Phase, Side};

use crate::{
    action::Action,
    decide::{Decision, Next, Verdict, Wait, act, known, stalled, wait},
    observation::{Observation, SideFacts, StreamFacts},
    phases::{budget, cutover},
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
    let service = known(plan, &obs.service)?;
    if service.points_at != Some(Side::Green) {
        return act(Phase::RollbackWindow, vec![Action::PointService { to: Side::Green }]);
    }
    known(plan, &obs.stream)?;
    if plan.spec.writer == Side::Blue {
        return roll_back(plan, obs, now);
    }
    budget::of_window(plan, obs)?;
    time(plan, obs, green, now)
}

/// What keeps a rollback from carrying every write back: reason and why, if anything does.
pub fn in_the_way(plan: &Plan, obs: &Observation) -> Option<(&'static str, String)> {
    if let Some(why) = obs.stream.known().and_then(|stream| broken(stream.as_ref())) {
        return Some(("ReverseReplicationBroken", why));
    }
    let record = |side: &SideFacts| side.record.known().and_then(Option::as_ref).cloned();
    if record(&obs.green).is_some_and(|green| !green.catalog_as_planned) {
        let why = "tables or columns of green changed after the cutover, and blue would not get what is written there; undo that change";
        return Some(("SchemaDrift", why.to_owned()));
    }
    let strays = record(&obs.blue).map_or(0, |blue| blue.strays);
    if strays > 0 && !plan.spec.acknowledge.iter().any(|reason| reason == STRAYS) {
        let why = format!(
            "{strays} row change(s) went past the gate on blue since it was closed, so blue is not green's copy any more; find out who wrote there, put it right, then add {STRAYS} to spec.acknowledge"
        );
        return Some((STRAYS, why));
    }
    None
}

/// Reason of writes that reached the closed side.
const STRAYS: &str = "StrayWrites";

/// Roles are not carried back: whoever goes back must know.
pub fn roles(obs: &Observation) -> String {
    const SHOWN: usize = 3;
    let found = obs.roles.known().map_or(&[][..], Vec::as_slice);
    let names = found.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match found.len() {
        0 => String::new(),
        n if n > SHOWN => format!(" Not on blue as on green: {names} and {} more.", n - SHOWN),
        _ => format!(" Not on blue as on green: {names}."),
    }
}

/// Why green's writes cannot be carried back, if they cannot.
pub fn broken(stream: Option<&StreamFacts>) -> Option<String> {
    match stream {
        None => Some("the stream from green to blue is gone".to_owned()),
        Some(s) if s.slot_lost => Some("green dropped WAL that blue still needs".to_owned()),
        Some(s) if !s.enabled => Some("blue could not apply a change of green and its subscription was disabled; blue's server log names the relation".to_owned()),
        Some(_) => None,
    }
}

fn roll_back(plan: &Plan, obs: &Observation, now: i64) -> Next {
    if let Some((_, why)) = in_the_way(plan, obs) {
        return stalled(
            Phase::RollbackWindow,
            "RollbackUnavailable",
            format!(
                "spec.writer asks for a rollback, but it would lose writes: {why}. Mend that, or set spec.writer back to Green."
            ),
        );
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
    let (reason, message) = match in_the_way(plan, obs) {
        None => (
            "WindowOpen",
            "Green serves. Blue follows it, so that `spec.writer: Blue` goes back without losing a write.".to_owned(),
        ),
        Some((reason, why)) => (reason, format!("Green serves, but there is no way back: {why}.")),
    };
    let left = u32::try_from((until - now).clamp(1, 15)).unwrap_or(15);
    std::ops::ControlFlow::Break(Decision {
        phase: Phase::RollbackWindow,
        verdict: Verdict::Wait(Wait {
            reason: reason.into(),
            message,
            stalled: false,
            until: Some(until),
            recheck_seconds: left,
        }),
    })
}
