//! Deletion: before the writer moved, everything is as it was, and green stays closed; after, traffic stays and blue stays closed. Streams and slots go.
use std::ops::ControlFlow;

use verdigris_crds::{Phase, Side};

use crate::{
    action::{Action, JobKind},
    decide::{Decision, Next, Writer, act, stalled, unknown, writer},
    fact::{Fact, Problem},
    observation::{JobFacts, Observation},
    phases::{end, movers},
    plan::Plan,
    record::Record,
};

/// Decides while the object is being deleted.
pub fn decide(plan: &Plan, obs: &Observation, now: i64) -> Next {
    let phase = Phase::Terminating;
    if !obs.object.finalizer {
        return stalled(phase, "Terminating", "Nothing of ours is left; Kubernetes removes the object.");
    }
    if obs.object.force_finalize {
        return act(phase, vec![Action::RemoveFinalizer]);
    }
    for (kind, job) in [
        (JobKind::Clone, &obs.jobs.clone),
        (JobKind::Migrate, &obs.jobs.migrate),
        (JobKind::Compare, &obs.jobs.compare),
    ] {
        movers::going(plan, phase, kind, job, now)?;
        if *job != JobFacts::Absent {
            return act(phase, vec![Action::DeleteJob { kind }]);
        }
    }
    let blue = reached(plan, &obs.blue.record)?.as_ref();
    // A green that never came to be has nothing of ours; one that cannot be reached may have.
    let green = match (&obs.green.record, &obs.green.exists) {
        (_, Fact::Known(false)) => None,
        (record, _) => reached(plan, record)?.as_ref(),
    };
    // A Service that leads to a closed side would do so for ever: nobody is left to mend it.
    reached(plan, &obs.service)?;
    for (retired, writer) in [(blue, Side::Green), (green, Side::Blue)] {
        if retired.is_some_and(|r| r.tombstone.is_some() && !r.unused()) {
            return end::last_steps(obs, phase, writer, "the object was deleted");
        }
    }
    match writer(blue, green) {
        Writer::Untouched | Writer::Blue => before(obs, blue, green),
        Writer::Green => after(obs, Side::Green, "the object was deleted after the cutover"),
        Writer::BlueAgain => after(obs, Side::Blue, "the object was deleted after the rollback"),
        Writer::Nobody | Writer::Both => act(phase, vec![Action::Recover]),
    }
}

/// The writer moved: what a crash left is settled and the Service leads to the writer, then the run ends.
fn after(obs: &Observation, writer: Side, why: &str) -> Next {
    // Recovery leads the Service first; without one it cannot, and what it would sweep goes with the end.
    if obs.service.known().is_some_and(|s| s.exists) && !end::converged(obs) {
        return act(Phase::Terminating, vec![Action::Recover]);
    }
    end::led(obs, Phase::Terminating, writer)?;
    act(Phase::Terminating, vec![Action::Finish { writer, why: why.into() }])
}

/// Blue writes, or has no record of ours.
fn before(obs: &Observation, blue: Option<&Record>, green: Option<&Record>) -> Next {
    let phase = Phase::Terminating;
    end::not_astray(obs, phase)?;
    let why = "the object was deleted before the cutover".to_owned();
    match (blue, green.filter(|g| !g.unused())) {
        // What is left goes by its names, for the records that would guard it are another run's.
        (None, None) if obs.foreign().is_some() => act(phase, vec![Action::Undo { why }, Action::RemoveFinalizer]),
        (None, None) if obs.blue.leftovers.is_empty() => act(phase, vec![Action::RemoveFinalizer]),
        // Blue's record is gone by another hand: green's alone says whether it was ever opened.
        (None, Some(g)) if !g.closed => act(phase, vec![Action::Finish { writer: Side::Green, why }]),
        (None, Some(g)) if g.opened_at.is_some() => act(phase, vec![Action::Finish { writer: Side::Blue, why }]),
        _ => act(phase, vec![Action::Undo { why }]),
    }
}

/// A side must be seen to be cleaned: what may be left there keeps WAL and refuses writes.
fn reached<'f, T>(plan: &Plan, fact: &'f Fact<T>) -> ControlFlow<Decision, &'f T> {
    match fact {
        Fact::Known(value) => ControlFlow::Continue(value),
        Fact::Unknown(problem) => {
            let text = format!(
                "Deletion waits, for what this run made may still be there: {} To let go at once: `kubectl -n {} annotate dbmig {} verdigris.dev/force-finalize=true`, \
                 then run the SQL of the page \"Break glass\" on that side.",
                problem.message, plan.namespace, plan.name
            );
            ControlFlow::Break(unknown(Phase::Terminating, &Problem { message: text, ..problem.clone() }))
        }
    }
}
