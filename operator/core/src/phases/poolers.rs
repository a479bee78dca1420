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
    if plan.spec.pooler.is_none() || !held(plan, obs) {
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

/// Those that hold their clients in a switchover, of the pods that were asked before anybody waits. `spec.acknowledge` lets it go on past a
/// pooler of which no pod runs, and past pods that do not answer: their clients are treated like those that go past the pooler.
///
/// # Errors
/// What keeps the switchover from beginning, and what can be done about it.
pub fn who_holds<T>(plan: &Plan, asked: Vec<Result<T, Problem>>) -> Result<Vec<T>, Problem> {
    let missing = Reason::PoolerMissing.as_str();
    if asked.is_empty() && !plan.acknowledges(missing) {
        let text = format!(
            "No pod that runs is behind spec.pooler.pgBouncer.selector; clients would not be held. Start one; or add {missing} to spec.acknowledge, and the switchover goes on without holding anybody."
        );
        return Err(Problem::transient(missing, text));
    }
    let mut holds = Vec::new();
    for said in asked {
        match said {
            Ok(pod) => holds.push(pod),
            Err(problem) if accepted(plan, &problem) => {}
            Err(problem) => return Err(with_remedy(problem)),
        }
    }
    Ok(holds)
}

/// Which databases hold their clients, by what the pods say that are to be told (`pod/name`). Who holds is let go before anybody waits for
/// a pod that need not answer.
pub fn held_in(plan: &Plan, said: Vec<Result<Vec<String>, Problem>>) -> Fact<Vec<String>> {
    let (mut held, mut unseen, mut matters) = (Vec::new(), None, false);
    for one in said {
        match one {
            Ok(names) => held.extend(names),
            Err(problem) => {
                matters |= !accepted(plan, &problem);
                unseen = unseen.or(Some(problem));
            }
        }
    }
    match unseen {
        Some(problem) if matters || held.is_empty() => Fact::Unknown(problem),
        _ => Fact::Known(held),
    }
}

/// Whether the user accepts that this pooler, or this pod, is not told anything.
pub fn accepted(plan: &Plan, problem: &Problem) -> bool {
    let may_be = [Reason::PoolerMissing, Reason::PoolerUnreachable].map(Reason::as_str);
    may_be.contains(&problem.reason.as_str()) && plan.acknowledges(&problem.reason)
}

/// Whether clients wait for us, where a record of ours says so, and not behind pods alone of which the user accepts that they do not answer:
/// these go on when they do answer.
pub fn wait_for_us(plan: &Plan, poolers: &Fact<Vec<String>>, recorded: bool) -> bool {
    recorded && !poolers.problem().is_some_and(|problem| accepted(plan, problem))
}

fn with_remedy(problem: Problem) -> Problem {
    if problem.reason != Reason::PoolerUnreachable.as_str() {
        return problem;
    }
    let message = format!(
        "{} Make it answer, or delete that pod; or add {} to spec.acknowledge, and the switchover goes on without holding clients behind a pod that does not answer.",
        problem.message, problem.reason
    );
    Problem { message, ..problem }
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
            "No database of pooler pod {pod} leads to {database} of Service {service}: its clients would not be held. Name the Service as its host and RELOAD it. spec.pooler is frozen by now: before the cutover you may delete this object, and start again without it."
        );
        return Err(Problem::permanent(Reason::PoolerNotInPath.as_str(), text));
    }
    if let Some(paused) = ours.iter().find(|one| one.paused) {
        let name = &paused.name;
        let text = format!(
            "Database {name} of pooler pod {pod} is paused, and not by this attempt: its clients wait already. Nothing is switched before it is let go: RESUME it on its console."
        );
        return Err(Problem::transient("PoolerPaused", text));
    }
    Ok(ours.iter().map(|one| one.name.clone()).collect())
}

/// Whether clients wait for us: either record says that we asked for it. Where neither can be read, whose pause it is is not known, and
/// there is no side to send anybody to.
fn held(plan: &Plan, obs: &Observation) -> bool {
    let ours = [&obs.blue, &obs.green].iter().any(|side| side.ours().is_some_and(|record| record.poolers_held));
    match &obs.poolers {
        // Nobody waits any more; the records are to say so, which takes an epoch.
        Fact::Known(paused) if paused.is_empty() => ours && obs.epoch.is_some(),
        poolers => wait_for_us(plan, poolers, ours),
    }
}
