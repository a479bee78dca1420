//! Conditions: Ready, Reconciling and Stalled exactly as kstatus reads them, and one condition a promise.
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use verdigris_crds::{ConditionType as Type, CutoverPolicy, Phase, Side};

use super::{message, reached, reason, rollback, time, tried_again};
use crate::{
    decide::{Decision, Verdict, writing_side},
    fact::Fact,
    observation::{NOT_READ, Observation},
    phases::clone,
    plan::Plan,
};

/// Value of a condition; `None`: nothing is known yet, so that the last word stands.
pub(super) type Value = Option<(&'static str, String, String)>;

/// All conditions, with the time of their last change kept where nothing changed.
pub fn view(plan: &Plan, obs: &Observation, decision: &Decision, now: i64) -> Vec<Condition> {
    let stands = tried_again(plan, decision);
    let value = |kind| match kind {
        Type::Ready | Type::Reconciling | Type::Stalled if stands => None,
        _ => value(kind, plan, obs, decision),
    };
    Type::ALL.iter().filter_map(|kind| condition(*kind, value(*kind), plan, now)).collect()
}

/// Ready, Reconciling and Stalled alone: what an action that could not be done changes.
pub fn progress(plan: &Plan, decision: &Decision, now: i64) -> Vec<Condition> {
    [
        (Type::Ready, ready(decision, None)),
        (Type::Reconciling, reconciling(decision)),
        (Type::Stalled, stalled(decision)),
    ]
    .into_iter()
    .filter_map(|(kind, value)| condition(kind, value, plan, now))
    .collect()
}

fn condition(kind: Type, value: Value, plan: &Plan, now: i64) -> Option<Condition> {
    let old = plan.previous.conditions.iter().find(|c| c.type_ == kind.as_str());
    let Some((status, reason, message)) = value else { return old.cloned() };
    let since = old.filter(|c| c.status == status).map_or_else(|| time(now), |c| c.last_transition_time.clone());
    Some(Condition {
        type_: kind.as_str().into(),
        status: status.into(),
        reason,
        message,
        last_transition_time: since,
        observed_generation: Some(plan.generation),
    })
}

fn value(kind: Type, plan: &Plan, obs: &Observation, decision: &Decision) -> Value {
    match kind {
        Type::Ready => ready(decision, Some(obs)),
        Type::Reconciling => reconciling(decision),
        Type::Stalled => stalled(decision),
        Type::PreflightPassed => preflight(obs, decision),
        Type::Cloned => gate(
            reached(obs, Phase::Migrating),
            decision,
            &[Phase::Provisioning, Phase::Cloning],
            "CopyComplete",
            &cloned(obs),
        ),
        Type::SchemaMigrated => gate(
            reached(obs, Phase::CatchingUp),
            decision,
            &[Phase::Migrating],
            "Applied",
            "Every migration is applied on green, and what they did can be carried both ways.",
        ),
        Type::InSync => in_sync(plan, obs, decision),
        Type::Verified => verified(obs, decision),
        Type::Approved => approved(plan, obs),
        Type::BlueClosed => closed(obs),
        Type::TrafficOnGreen => traffic(obs),
        Type::RollbackAvailable => rollback(plan, obs, decision),
        Type::Succeeded => succeeded(decision),
    }
}

#[allow(clippy::unnecessary_wraps, reason = "it is the value of a condition that is known")]
pub(super) fn yes(reason: &str, message: impl Into<String>) -> Value {
    Some(("True", reason.into(), message.into()))
}

#[allow(clippy::unnecessary_wraps, reason = "it is the value of a condition that is known")]
pub(super) fn no(reason: &str, message: impl Into<String>) -> Value {
    Some(("False", reason.into(), message.into()))
}

/// Ready as soon as the wanted side is verified and serves: not a day later, when the window ends. Without a look, the last word
/// stands there.
fn ready(decision: &Decision, obs: Option<&Observation>) -> Value {
    match decision.phase {
        Phase::RollbackWindow if !is_stalled(decision) => match obs.map(|obs| &obs.green.ready) {
            Some(Fact::Known(true)) => {
                yes("CutoverVerified", "Green serves; blue is kept in step until the window ends.")
            }
            Some(Fact::Known(false)) => no("NoReadyEndpoints", "Green has no ready pod."),
            Some(Fact::Unknown(problem)) => Some(("Unknown", problem.reason.clone(), problem.message.clone())),
            None => None,
        },
        Phase::Succeeded | Phase::RolledBack => {
            let writer = if decision.phase == Phase::Succeeded { Side::Green } else { Side::Blue };
            match obs.map(|obs| &obs.side(writer).ready) {
                Some(Fact::Known(false)) => no("NoReadyEndpoints", format!("{writer} has no ready pod.")),
                _ => yes(&reason(decision), message(decision)),
            }
        }
        _ => no(&reason(decision), message(decision)),
    }
}

fn reconciling(decision: &Decision) -> Value {
    match (&decision.verdict, decision.phase) {
        (Verdict::Done { .. }, _) => no("Completed", "The run is over."),
        (Verdict::Wait(w), _) if w.stalled => no(&w.reason, "It waits for a human; see Stalled."),
        (Verdict::Wait(_), Phase::RollbackWindow) => {
            no("WindowOpen", "Nothing is to be done until the window ends or a rollback is asked for.")
        }
        (Verdict::Wait(w), _) => yes(&w.reason, message(decision)),
        (Verdict::Act(_), _) => yes("Progressing", message(decision)),
    }
}

fn is_stalled(decision: &Decision) -> bool {
    matches!(&decision.verdict, Verdict::Wait(w) if w.stalled)
}

fn stalled(decision: &Decision) -> Value {
    match &decision.verdict {
        Verdict::Wait(w) if w.stalled => yes(&w.reason, message(decision)),
        Verdict::Done { .. } if decision.phase == Phase::Failed => yes(&reason(decision), message(decision)),
        _ => no("Progressing", "Nothing keeps it from going on."),
    }
}

fn preflight(obs: &Observation, decision: &Decision) -> Value {
    if reached(obs, Phase::Cloning) {
        return yes("ChecksPassed", "No finding blocks the run.");
    }
    match decision.phase {
        Phase::Preflight if reason(decision) == "PreflightFailed" => no(&reason(decision), message(decision)),
        Phase::Preflight => Some(("Unknown", "ChecksPending".into(), message(decision))),
        _ => None,
    }
}

/// True once reached; while its own phases run, what they wait for.
fn gate(reached: bool, decision: &Decision, phases: &[Phase], reason_true: &str, text: &str) -> Value {
    if reached {
        return yes(reason_true, text);
    }
    phases.contains(&decision.phase).then(|| ("False", reason(decision), message(decision)))
}

/// That the copy began again is said where it stays to be read.
fn cloned(obs: &Observation) -> String {
    let restarts = obs.clone.known().and_then(Option::as_ref).map_or(0, |c| c.restarts);
    format!("Green holds a copy that was compared with blue under one snapshot{}.", clone::again(restarts))
}

/// What could not be seen is not what was seen last (I7). What nobody has looked at yet is neither.
fn unseen<T>(fact: &Fact<T>) -> Value {
    let problem = fact.problem().filter(|problem| problem.reason != NOT_READ)?;
    Some(("Unknown", problem.reason.clone(), problem.message.clone()))
}

fn in_sync(plan: &Plan, obs: &Observation, decision: &Decision) -> Value {
    let Fact::Known(stream) = &obs.stream else { return unseen(&obs.stream) };
    let stream = stream.as_ref()?;
    if stream.stopped && stream.into == Side::Green {
        return no("Stopped", "The stream is stopped while migrations run.");
    }
    match stream.lag_bytes {
        Some(lag) if stream.enabled && !stream.slot_lost && lag <= plan.max_lag_bytes() => {
            yes("LagWithinThreshold", "The stream is within spec.cutover.maxLagBytes.")
        }
        Some(_) if stream.enabled && !stream.slot_lost => {
            no("CatchingUp", "The stream is further behind than spec.cutover.maxLagBytes.")
        }
        _ if is_stalled(decision) => no(&reason(decision), message(decision)),
        _ => Some(("Unknown", "LagUnknown".into(), "The lag could not be measured.".into())),
    }
}

fn verified(obs: &Observation, decision: &Decision) -> Value {
    match decision.phase {
        Phase::Verifying => no(&reason(decision), message(decision)),
        Phase::AwaitingApproval | Phase::CuttingOver | Phase::RollbackWindow => {
            yes("ChecksPassed", "Both sides were compared row by row and every check passed.")
        }
        _ => obs
            .comparison
            .known()
            .and_then(Option::as_ref)
            .filter(|c| c.finished_at.is_some() && !c.equal)
            .map(|_| ("False", "Mismatch".into(), message(decision))),
    }
}

fn approved(plan: &Plan, obs: &Observation) -> Value {
    if writing_side(obs) == Some(Side::Green) {
        return None;
    }
    let digest = obs.plan.known()?.as_ref().filter(|d| d.starts_with("sha256:"))?;
    match (plan.spec.cutover.policy, plan.spec.cutover.approved_plan.as_ref()) {
        (CutoverPolicy::Automatic, _) => yes("AutoApproved", "spec.cutover.policy is Automatic."),
        (CutoverPolicy::Manual, Some(a)) if a == digest => yes("ApprovedInSpec", format!("Plan {digest} is approved.")),
        (CutoverPolicy::Manual, Some(_)) => {
            no("DigestMismatch", format!("The approved plan is not the present one; its digest is {digest}."))
        }
        (CutoverPolicy::Manual, None) => {
            no("NotApproved", format!("Approve it by setting spec.cutover.approvedPlan to {digest}."))
        }
    }
}

fn closed(obs: &Observation) -> Value {
    if obs.blue.foreign.is_some() {
        return Some(("Unknown", "ForeignRecords".into(), "Blue carries another run's records.".into()));
    }
    let Fact::Known(record) = &obs.blue.record else { return unseen(&obs.blue.record) };
    match record {
        Some(r) if r.closed != r.flag => Some((
            "Unknown",
            "RecordDiffers".into(),
            "Blue's record and its flag differ; see the break-glass page.".into(),
        )),
        Some(r) if r.closed => {
            yes("Closed", "Blue refuses client writes; the database does it, whatever the Service selects.")
        }
        None if !obs.blue.asked() => None,
        Some(_) | None => no("Open", "Blue takes client writes."),
    }
}

fn traffic(obs: &Observation) -> Value {
    let Fact::Known(service) = &obs.service else { return unseen(&obs.service) };
    match service.points_at {
        Some(Side::Green) => match &obs.green.ready {
            Fact::Known(true) => yes("Switched", "The Service selects green, which has a ready pod."),
            Fact::Known(false) => no("NoReadyEndpoints", "The Service selects green, which has no ready pod."),
            Fact::Unknown(problem) => Some(("Unknown", problem.reason.clone(), problem.message.clone())),
        },
        Some(Side::Blue) => no("OnBlue", "The Service selects blue."),
        None => no(
            "SelectorReverted",
            format!(
                "The Service selects neither side alone{}.",
                service.reverted_by.as_ref().map_or_else(String::new, |m| format!("; set by {m}"))
            ),
        ),
    }
}

fn rollback(plan: &Plan, obs: &Observation, decision: &Decision) -> Value {
    match decision.phase {
        Phase::RollbackWindow => rollback::way_back(plan, obs),
        Phase::Succeeded => no("WindowClosed", "The rollback window is over."),
        Phase::RolledBack => no("RolledBack", "The rollback took place."),
        Phase::RollingBack => None,
        _ => no("NotYetCutOver", "The writer has not moved."),
    }
}

fn succeeded(decision: &Decision) -> Value {
    match (&decision.verdict, decision.phase) {
        (Verdict::Done { .. }, Phase::Succeeded) => yes("Completed", message(decision)),
        (Verdict::Done { reason, .. }, Phase::RolledBack) => no(reason, message(decision)),
        (Verdict::Done { .. }, _) => no("Failed", message(decision)),
        (Verdict::Act(actions), Phase::Failed) => actions.iter().find_map(|a| match a {
            crate::action::Action::Undo { why } => Some(("False", "Failed".to_owned(), why.clone())),
            _ => None,
        }),
        _ => None,
    }
}
