//! In step and equal: the stream's health, a fresh full comparison, and the user's own assertions.
use std::ops::ControlFlow;

use verdigris_crds::Phase;

use crate::{
    action::{Action, JobKind},
    decide::{Next, act, known, stalled, wait},
    fact::Problem,
    observation::{CheckResult, ComparisonFacts, JobFacts, Observation},
    phases::{migrate::apply_failed, movers, revive::revive},
    plan::Plan,
};

/// A comparison this old is made again before the writer moves, in seconds.
pub const FRESH_SECONDS: i64 = 6 * 3600;

/// Longest run of one of the user's checks, in seconds.
pub const CHECK_SECONDS: u64 = 60;

/// Longest run of all of them in one look, in seconds: meanwhile nobody looks at the budget or at what the user asks for.
pub const CHECKS_SECONDS: u64 = 120;

/// SQLSTATE of a statement that was cancelled, most often for its timeout.
const CANCELLED: &str = "57014";

/// The stream into green is alive, within its budget, close behind, and blue's catalog is as it was cloned.
pub fn stream(plan: &Plan, obs: &Observation) -> Next {
    let Some(stream) = known(plan, &obs.stream)? else {
        return stalled(
            Phase::CatchingUp,
            "StreamMissing",
            "The subscription on green is gone, although the run made it; somebody dropped it. Delete this object and start again.",
        );
    };
    if stream.slot_lost {
        return stalled(
            Phase::CatchingUp,
            "SlotLost",
            "Blue dropped WAL that green still needs (max_slot_wal_keep_size). Delete this object and start again with a higher limit.",
        );
    }
    revive(Phase::CatchingUp, stream)?;
    if !stream.enabled && !stream.stopped {
        return apply_failed(plan, obs);
    }
    if let Some(catalogs) = known(plan, &obs.catalogs)? {
        if catalogs.blue_now != catalogs.blue_cloned || !catalogs.blue_changed.is_empty() {
            return stalled(Phase::CatchingUp, "SchemaDrift", drift(&catalogs.blue_changed));
        }
        if catalogs.green_now != catalogs.green_planned {
            return stalled(
                Phase::CatchingUp,
                "SchemaDrift",
                "The schema of green changed after its migrations were looked at. Undo the change on green, or delete this object and start again.",
            );
        }
    }
    let limit = plan.max_lag_bytes();
    match stream.lag_bytes {
        None => wait(Phase::CatchingUp, "LagUnknown", "The lag of green could not be measured.", 5),
        // Without the figure, which changes at every look.
        Some(lag) if lag > limit => wait(
            Phase::CatchingUp,
            "CatchingUp",
            format!(
                "Green is more than {limit} bytes of WAL behind, so no cutover starts yet; status.lag says how far."
            ),
            3,
        ),
        Some(_) if !stream.marker_seen => wait(
            Phase::CatchingUp,
            "CatchingUp",
            "A marker written on blue has not been seen on green within two seconds.",
            3,
        ),
        Some(_) => ControlFlow::Continue(()),
    }
}

fn drift(changed: &[String]) -> String {
    const SHOWN: usize = 3;
    let more = if changed.len() > SHOWN { " and more" } else { "" };
    let names = changed.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    let what = if names.is_empty() { String::new() } else { format!(": {names}{more}") };
    format!(
        "The schema of blue changed after the clone{what}. Logical replication does not carry DDL, rights included. Undo the change on blue, or delete this object and start again."
    )
}

/// A fresh and clean comparison, and every check passed.
pub fn decide(plan: &Plan, obs: &Observation, now: i64) -> Next {
    compared(plan, obs, now)?;
    for check in &obs.checks {
        match &check.result {
            CheckResult::Passed => {}
            CheckResult::Failed | CheckResult::Null => {
                let name = &check.name;
                let null = if check.result == CheckResult::Null {
                    ": the answer was NULL, which is not the empty text"
                } else {
                    ""
                };
                return stalled(
                    Phase::Verifying,
                    "ChecksFailed",
                    format!(
                        "Check {name} on green did not give what it expects{null}; see `kubectl -n {} describe dbmig {}`.",
                        plan.namespace, plan.name
                    ),
                );
            }
            CheckResult::Error(why) => {
                let name = &check.name;
                let late = if why == CANCELLED {
                    format!(
                        ": it was ended for its time; a check has {CHECK_SECONDS} s, and all of them together {CHECKS_SECONDS} s"
                    )
                } else {
                    String::new()
                };
                return stalled(
                    Phase::Verifying,
                    "CheckError",
                    format!(
                        "Check {name} could not be asked on green ({why}{late}); mend its query in a new object, or what it needs on green."
                    ),
                );
            }
        }
    }
    if obs.checks.len() == plan.spec.checks.len() {
        return ControlFlow::Continue(());
    }
    wait(Phase::Verifying, "ChecksPending", "The checks have not been asked yet.", 1)
}

fn compared(plan: &Plan, obs: &Observation, now: i64) -> Next {
    let last = known(plan, &obs.comparison)?;
    if let JobFacts::Running { pods, .. } = &obs.jobs.compare {
        movers::hindered(plan, Phase::Verifying, JobKind::Compare, pods.as_ref(), now)?;
        let (done, total) = last.as_ref().map_or((0, 0), |c| (c.done, c.total));
        return wait(
            Phase::Verifying,
            "Comparing",
            format!("Comparing every row of both sides: {done} of {total} tables."),
            2,
        );
    }
    // Deleting the Job is how a user says that the cause is mended: then it starts anew.
    if let (Some(problem), JobFacts::Finished { .. }) = (last.as_ref().and_then(lasting), &obs.jobs.compare) {
        let message = format!(
            "{} Mend it, then start the comparison again: `kubectl -n {} delete job {}-compare`.",
            problem.message, plan.namespace, plan.name
        );
        return stalled(Phase::Verifying, &problem.reason, message);
    }
    match last {
        Some(ComparisonFacts { finished_at: Some(_), fresh: true, equal: true, .. }) => ControlFlow::Continue(()),
        Some(ComparisonFacts { finished_at: Some(_), fresh: true, different, .. }) => stalled(
            Phase::Verifying,
            "Mismatch",
            format!(
                "Blue and green differ in {}; rows are named in verdigris.comparison on green. Nothing was switched. Find out who wrote on green, then delete this object and start again.",
                different.join(", ")
            ),
        ),
        _ => match &obs.jobs.compare {
            JobFacts::Failed { reason, .. } => stalled(
                Phase::Verifying,
                "ComparisonFailed",
                format!(
                    "The comparison Job failed ({reason}); see `kubectl -n {} logs -l job-name={}-compare --prefix --tail=-1`, mend the cause and delete that Job.",
                    plan.namespace, plan.name
                ),
            ),
            _ if plan.spec.suspend => wait(Phase::Suspended, "Suspended", "Suspended before the comparison.", 60),
            job => {
                movers::going(plan, Phase::Verifying, JobKind::Compare, job, now)?;
                act(Phase::Verifying, vec![Action::StartJob { kind: JobKind::Compare, key: now.to_string() }])
            }
        },
    }
}

fn lasting(comparison: &ComparisonFacts) -> Option<&Problem> {
    comparison.failure.as_ref().filter(|problem| !problem.transient)
}
