//! Deletion: before the writer moved, everything is as it was; after, traffic stays and blue stays closed. Streams and slots go.
use std::ops::ControlFlow;

use verdigris_crds::{Phase, Side};

use crate::{
    action::{Action, JobKind},
    decide::{Decision, Next, Writer, act, stalled, unknown, writer},
    fact::{Fact, Problem},
    observation::{JobFacts, Observation},
    record::Record,
};

/// Decides while the object is being deleted.
pub fn decide(obs: &Observation) -> Next {
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
        if *job != JobFacts::Absent {
            return act(phase, vec![Action::DeleteJob { kind }]);
        }
    }
    let blue = reached(&obs.blue.record)?;
    // A green that never came to be has nothing of ours; one that cannot be reached may have.
    let green = match (&obs.green.record, &obs.green.exists) {
        (_, Fact::Known(false)) => None,
        (record, _) => reached(record)?,
    };
    if blue.is_some_and(|r| r.tombstone.is_some()) || green.is_some_and(|r| r.tombstone.is_some()) {
        return act(phase, vec![Action::RemoveFinalizer]);
    }
    match writer(blue, green) {
        Writer::Untouched if green.is_none() && obs.blue.leftovers.is_empty() => {
            act(phase, vec![Action::RemoveFinalizer])
        }
        Writer::Untouched | Writer::Blue => {
            act(phase, vec![Action::Undo { why: "the object was deleted before the cutover".into() }])
        }
        Writer::Green => act(
            phase,
            vec![Action::Finish { writer: Side::Green, why: "the object was deleted after the cutover".into() }],
        ),
        Writer::BlueAgain => act(
            phase,
            vec![Action::Finish { writer: Side::Blue, why: "the object was deleted after the rollback".into() }],
        ),
        Writer::Nobody | Writer::Both => act(phase, vec![Action::Recover]),
    }
}

/// A side must be seen to be cleaned: what may be left there keeps WAL and refuses writes.
fn reached(record: &Fact<Option<Record>>) -> ControlFlow<Decision, Option<&Record>> {
    match record {
        Fact::Known(record) => ControlFlow::Continue(record.as_ref()),
        Fact::Unknown(problem) => {
            let text = format!(
                "Deletion waits, for what this run made may still be there: {} To let go at once: `kubectl annotate dbmig NAME verdigris.dev/force-finalize=true`, \
                 then run the SQL of the page \"Break glass\" on that side.",
                problem.message
            );
            ControlFlow::Break(unknown(Phase::Terminating, &Problem { message: text, ..problem.clone() }))
        }
    }
}
