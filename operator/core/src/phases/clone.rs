//! The copy: a Job of movers works off a queue in green; this room starts it, watches it and starts the stream after it.
use std::ops::ControlFlow;

use verdigris_crds::Phase;

use crate::{
    action::{Action, JobKind},
    decide::{Next, act, known, stalled, wait},
    observation::{CloneFacts, JobFacts, Observation},
    phases::movers,
    plan::Plan,
};

/// Key of the one clone Job.
pub const KEY: &str = "1";

/// Decides until green holds a proved copy and the stream into it exists.
pub fn decide(plan: &Plan, obs: &Observation, now: i64) -> Next {
    let clone = known(plan, &obs.clone)?.as_ref();
    if clone.is_some_and(|c| c.finished) {
        return stream(plan, obs);
    }
    movers::going(plan, Phase::Cloning, JobKind::Clone, &obs.jobs.clone, now)?;
    let lasting = clone.and_then(|c| c.failure.as_ref()).filter(|p| !p.transient);
    // Deleting the Job is how a user says that the cause is mended: then it starts anew.
    if let Some(problem) = lasting.filter(|_| obs.jobs.clone != JobFacts::Absent) {
        let message = format!(
            "{} Mend it, then start the clone again: `kubectl -n {} delete job {}-clone`.",
            problem.message, plan.namespace, plan.name
        );
        return stalled(Phase::Cloning, &problem.reason, message);
    }
    job(plan, obs, now)
}

fn job(plan: &Plan, obs: &Observation, now: i64) -> Next {
    let kind = JobKind::Clone;
    if plan.spec.suspend {
        return match &obs.jobs.clone {
            JobFacts::Running { suspended: false, .. } => act(Phase::Suspended, vec![Action::SuspendJob { kind }]),
            _ => wait(
                Phase::Suspended,
                "Suspended",
                "Suspended during the clone: its movers are told to end, and the snapshot ends with them. What needs it, copying and \
                 comparing, begins again afterwards; keys and indexes go on.",
                60,
            ),
        };
    }
    match &obs.jobs.clone {
        JobFacts::Running { suspended: false, pods, .. } => {
            movers::hindered(plan, Phase::Cloning, kind, pods.as_ref(), now)?;
            let copied = obs.clone.known().and_then(Option::as_ref);
            wait(Phase::Cloning, "Copying", format!("Cloning blue, {}.", progress(copied)), 3)
        }
        JobFacts::Absent | JobFacts::Running { .. } | JobFacts::Deleting { .. } | JobFacts::Finished { .. } => {
            act(Phase::Cloning, vec![Action::StartJob { kind, key: KEY.into() }])
        }
        JobFacts::Failed { reason, .. } => stalled(
            Phase::Cloning,
            "CopyFailed",
            format!(
                "The clone Job failed ({reason}); see `kubectl -n {ns} logs -l job-name={name}-clone --prefix --tail=-1`, mend the cause and delete that Job: it starts again where it can.",
                ns = plan.namespace,
                name = plan.name
            ),
        ),
    }
}

fn progress(clone: Option<&CloneFacts>) -> String {
    let Some(clone) = clone else { return "movers are starting".into() };
    // Before the copy has begun, what a mover waits for is all there is to say.
    if let (Some(problem), 0) = (&clone.failure, clone.total_bytes) {
        return format!("movers are starting; the last word of one: {}", problem.message.trim_end_matches('.'));
    }
    let what = format!("stage {}: {} of {} bytes copied", clone.stage, clone.done_bytes, clone.total_bytes);
    what + &again(clone.restarts)
}

/// How often the copy began again, as the end of a sentence; nothing where it did not.
pub fn again(restarts: i64) -> String {
    if restarts == 0 {
        return String::new();
    }
    format!("; it began again {restarts} time(s), because no mover was left to hold the snapshot")
}

fn stream(plan: &Plan, obs: &Observation) -> Next {
    match known(plan, &obs.stream)? {
        Some(_) => ControlFlow::Continue(()),
        None => act(Phase::CatchingUp, vec![Action::StartForward]),
    }
}
