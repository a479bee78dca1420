//! What the way back is worth, as a condition.
use super::conditions::{Value, no, yes};
use crate::{observation::Observation, phases::way_back, plan::Plan};

/// Measured at this look: the stream is whole, a marker of green reached blue, both sides are as planned.
pub(super) fn way_back(plan: &Plan, obs: &Observation) -> Value {
    if let Some((reason, why)) = way_back::in_the_way(plan, obs) {
        return no(reason, format!("Going back would lose writes: {why}."));
    }
    let facts = [obs.stream.problem(), obs.green.record.problem(), obs.blue.record.problem()];
    if let Some(problem) = facts.into_iter().flatten().next() {
        return Some(("Unknown", problem.reason.clone(), "The way back could not be looked at.".to_owned()));
    }
    if let Some(problem) = way_back::uncounted(plan, obs) {
        return Some(("Unknown", problem.reason, problem.message));
    }
    match obs.stream.known().and_then(Option::as_ref) {
        Some(stream) if stream.marker_seen => {
            yes("WindowOpen", format!("spec.writer: Blue goes back without losing a write.{}", way_back::roles(obs)))
        }
        _ => Some((
            "Unknown",
            "ReverseStreamBehind".into(),
            "What is written on green did not show on blue within two seconds; a rollback would wait for it.".into(),
        )),
    }
}
