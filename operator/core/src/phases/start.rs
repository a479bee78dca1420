//! From the first look to our record on blue: preflight, Services, green's workload. Nothing of blue is touched before the
//! last step.
use std::ops::ControlFlow;

use verdigris_crds::{Phase, Side};

use crate::{
    action::Action,
    decide::{Next, act, known, stalled, wait},
    digest,
    observation::{Observation, PreflightResult},
    plan::Plan,
    preflight::{self, Severity},
};

/// Decides while blue carries no record of ours.
pub fn decide(plan: &Plan, obs: &Observation) -> Next {
    if plan.spec.suspend {
        return wait(
            Phase::Suspended,
            "Suspended",
            "Suspended before anything was touched; set spec.suspend to false to go on.",
            60,
        );
    }
    let Some(preflight) = &obs.preflight else {
        return wait(Phase::Preflight, "ChecksPending", "Preflight has not been read yet.", 1);
    };
    let preflight = known(plan, preflight)?;
    readable(plan, obs, preflight)?;
    passed(preflight)?;
    if !known(plan, &obs.service)?.ours {
        return act(Phase::Preflight, vec![Action::AdoptSelector]);
    }
    green_is_there(plan, obs)?;
    if !preflight.with_green {
        return wait(Phase::Preflight, "ChecksPending", "Green is ready; its part of preflight comes next.", 1);
    }
    undisturbed(plan, obs)?;
    let mut actions = Vec::new();
    if !obs.object.finalizer {
        actions.push(Action::AddFinalizer);
    }
    actions.push(Action::InstallBlue);
    act(Phase::Cloning, actions)
}

/// Nothing is built on a side that carries another run's record, and nothing of it is taken for ours.
pub fn undisturbed(plan: &Plan, obs: &Observation) -> Next {
    let Some((side, foreign)) = obs.foreign() else { return ControlFlow::Continue(()) };
    stalled(
        plan.last_phase(),
        "ForeignRecords",
        format!(
            "{side} carries the records of {} (run {}), not this run's: another migration began there. Nothing is done until one of the two is deleted; deleting this one leaves the other's records alone.",
            foreign.migration, foreign.run
        ),
    )
}

/// What is in the way is written out with every remedy before it is waited for: a condition holds only its beginning.
fn readable(plan: &Plan, obs: &Observation, preflight: &PreflightResult) -> Next {
    if preflight::summary(&preflight.findings).0 {
        return ControlFlow::Continue(());
    }
    let body = preflight::report(&preflight.findings);
    let digest = format!("preflight:{}", digest::short(&body));
    if known(plan, &obs.plan)?.as_deref() == Some(digest.as_str()) {
        return ControlFlow::Continue(());
    }
    act(Phase::Preflight, vec![Action::WritePlan { digest, body }])
}

fn passed(preflight: &PreflightResult) -> Next {
    let (ok, message) = preflight::summary(&preflight.findings);
    if ok {
        return ControlFlow::Continue(());
    }
    let blockers = preflight.findings.iter().filter(|f| f.severity != Severity::Note);
    if blockers.clone().all(|f| passes_by_itself(&f.reason)) {
        return wait(Phase::Preflight, "PreflightFailed", message, 3);
    }
    stalled(Phase::Preflight, "PreflightFailed", message)
}

/// A server that starts, an answer that did not come: it is asked again without a human.
fn passes_by_itself(reason: &str) -> bool {
    reason.ends_with("Unknown") || reason.ends_with("Unreachable")
}

fn green_is_there(plan: &Plan, obs: &Observation) -> Next {
    let exists = *known(plan, &obs.green.exists)?;
    match plan.green_workload() {
        Some(_) if !exists => return act(Phase::Provisioning, vec![Action::ProvisionGreen]),
        _ => {}
    }
    if *known(plan, &obs.green.ready)? {
        return ControlFlow::Continue(());
    }
    let (workload, wrong) = match plan.green_workload() {
        Some(name) => (
            format!("StatefulSet {name}"),
            " What it is made of does not change any more: if that is wrong, such as the image, delete this object, then that StatefulSet with its claims, and start again.",
        ),
        None => ("a pod that spec.green.selector selects".to_owned(), ""),
    };
    wait(
        Phase::Provisioning,
        "GreenNotReady",
        format!(
            "Waiting until {workload} has one ready pod; see `kubectl -n {} get pods`, and its events, if it stays so.{wrong}",
            plan.namespace
        ),
        5,
    )
}

/// Everything from here on needs an epoch of this process on every side that has a record.
pub fn claimed(plan: &Plan, obs: &Observation) -> Next {
    for facts in [&obs.blue, &obs.green] {
        let Some(record) = known(plan, &facts.record)? else { continue };
        let ours = obs.epoch.is_some_and(|e| e.number == record.epoch && Some(e.holder) == record.holder);
        // While movers still build green, its record is born with their epoch and nobody acts on it. Blue's without a holder is
        // another matter: what comes with the first claim (publication, replication role) is not there yet.
        let building = obs.clone.known().is_none_or(|c| c.as_ref().is_none_or(|c| !c.finished));
        let nobody_acts = building && record.side == Side::Green && record.holder.is_none();
        if !ours && !nobody_acts {
            return act(plan.last_phase(), vec![Action::Claim]);
        }
        if !record.same_server {
            return stalled(
                plan.last_phase(),
                "ServerChanged",
                format!(
                    "{} is not the server that the run began with (system identifier or timeline differ): a restore or a failover took place. \
                     What was proved no longer holds; delete this object and start a new migration.",
                    record.side
                ),
            );
        }
    }
    ControlFlow::Continue(())
}
