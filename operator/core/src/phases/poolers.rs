//! Poolers that an attempt told to hold their clients, and nobody told to go on: a pause has no end of its own. Whatever else is decided,
//! it ends now. A pause that is not ours is an admin's, and is left alone.
use crate::{
    action::Action,
    decide::{Decision, Verdict},
    fact::Fact,
    observation::Observation,
    plan::Plan,
};

/// The same decision, and clients that wait for us go on. Where the Service or the writer is put right first, they go on after that:
/// so they meet the side that writes.
pub fn let_go(plan: &Plan, obs: &Observation, mut decision: Decision) -> Decision {
    if plan.spec.pooler.is_none() || !held(obs) {
        return decision;
    }
    match &mut decision.verdict {
        // Recovery does it itself, once the Service leads to the writer.
        Verdict::Act(actions) if actions.contains(&Action::Recover) => {}
        Verdict::Act(actions) if actions.iter().any(|action| matches!(action, Action::PointService { .. })) => {
            actions.push(Action::ResumePoolers);
        }
        Verdict::Act(actions) => actions.insert(0, Action::ResumePoolers),
        verdict => *verdict = Verdict::Act(vec![Action::ResumePoolers]),
    }
    decision
}

/// Whether clients wait for us: either record says that we asked for it. Where neither can be read, whose pause it is is not known, and
/// there is no side to send anybody to.
fn held(obs: &Observation) -> bool {
    let ours = [&obs.blue, &obs.green].iter().any(|side| side.ours().is_some_and(|record| record.poolers_held));
    match &obs.poolers {
        // Nobody waits any more; the records are to say so, which takes an epoch.
        Fact::Known(paused) if paused.is_empty() => ours && obs.epoch.is_some(),
        _ => ours,
    }
}
