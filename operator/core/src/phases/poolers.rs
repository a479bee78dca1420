//! Poolers that an attempt told to hold their clients, and nobody told to go on: a pause has no end of its own. Whatever else is decided,
//! it ends now. A pause that is not ours is an admin's, and is left alone.
use crate::{
    action::Action,
    decide::{Decision, Verdict},
    fact::{Fact, Problem},
    observation::Observation,
    plan::Plan,
    preflight::{self, PooledDatabase, Reason},
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

/// The databases of a pod that are to hold their clients in a switchover, by what it says before anybody waits. `ours`: those that lead to
/// our database of the client Service.
///
/// # Errors
/// It would not hold them all, holds them already, or could not be told to let them go.
pub fn to_hold(
    plan: &Plan,
    database: &str,
    pod: &str,
    shares_port: bool,
    ours: &[PooledDatabase],
) -> Result<Vec<String>, Problem> {
    if shares_port {
        let text = format!("{} Run one process in each pod.", preflight::shares_port(pod));
        return Err(Problem::permanent(Reason::PoolerSharesPort.as_str(), text));
    }
    if ours.is_empty() {
        let service = &plan.spec.service.name;
        let text = format!(
            "No database of pooler pod {pod} leads to {database} of Service {service}: its clients would not be held. Name the Service as its host, or take spec.pooler away."
        );
        return Err(Problem::permanent(Reason::PoolerNotInPath.as_str(), text));
    }
    if let Some(paused) = ours.iter().find(|one| one.paused) {
        let name = &paused.name;
        let text = format!(
            "Database {name} of pooler pod {pod} is paused, and not by this attempt: its clients wait already. RESUME it on its console; the cutover follows."
        );
        return Err(Problem::transient("PoolerPaused", text));
    }
    Ok(ours.iter().map(|one| one.name.clone()).collect())
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
