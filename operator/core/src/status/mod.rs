//! Status as a view: what was observed and decided, in the words users read. Nothing is claimed that was not measured.
mod conditions;
mod events;
mod lag;
mod loss;
mod numbers;
mod rollback;
mod steps;

use k8s_openapi::{apimachinery::pkg::apis::meta::v1::Time, jiff::Timestamp};
use verdigris_crds::{DatabaseMigrationStatus, HistoryEntry, Phase, Side};

use crate::{
    decide::{Decision, Verdict, writing_side},
    observation::Observation,
    plan::Plan,
};

pub use events::{Told, events};

/// Changes of phase that are kept.
const HISTORY: usize = 10;

/// The status that follows from a look and its decision. Equal input gives an equal status: a write is needed only where it
/// differs from `plan.previous`. `now`: seconds since 1970.
pub fn view(plan: &Plan, obs: &Observation, decision: &Decision, now: i64) -> DatabaseMigrationStatus {
    let previous = &plan.previous;
    let mut status = DatabaseMigrationStatus {
        observed_generation: Some(plan.generation),
        phase: Some(decision.phase.as_str().to_owned()),
        writer: writing_side(obs).filter(|side| *side == Side::Green || obs.blue.asked()),
        conditions: conditions::view(plan, obs, decision, now),
        database: obs.database.known().cloned().or_else(|| previous.database.clone()),
        plan: numbers::plan(plan, obs),
        steps: steps::view(plan, obs, decision, now),
        step: steps::display(decision.phase),
        progress: steps::progress(obs, decision),
        lag: None,
        write_block: numbers::write_block(plan, obs),
        checks: numbers::checks(plan, obs, now),
        rollback: None,
        history: previous.history.clone(),
    };
    if plan.last_phase() != decision.phase {
        status.history.push(HistoryEntry {
            at: time(now),
            from: plan.last_phase().as_str().to_owned(),
            to: decision.phase.as_str().to_owned(),
            why: reason(decision),
        });
        let extra = status.history.len().saturating_sub(HISTORY);
        status.history.drain(..extra);
    }
    let news = status.phase != previous.phase || status.conditions != previous.conditions;
    status.lag = lag::view(plan, obs, now, news);
    status.rollback = numbers::rollback(plan, obs, status.lag.as_ref(), now);
    status
}

/// An action in the phase that is shown already is no news: what was said of it last stands until the next look after it. If it
/// failed before, it may fail again, and a problem that goes and comes would be written, and looked at again, without end.
pub(crate) fn tried_again(plan: &Plan, decision: &Decision) -> bool {
    matches!(decision.verdict, Verdict::Act(_))
        && plan.previous.phase.as_deref() == Some(decision.phase.as_str())
        && plan.previous.observed_generation == Some(plan.generation)
}

/// Seconds since 1970 as the API writes time.
pub(crate) fn time(seconds: i64) -> Time {
    Time(Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH))
}

/// The reason of a decision, in one word.
pub(crate) fn reason(decision: &Decision) -> String {
    match &decision.verdict {
        Verdict::Act(_) => "Progressing".into(),
        Verdict::Wait(wait) => wait.reason.clone(),
        Verdict::Done { reason, .. } => reason.clone(),
    }
}

/// What a user reads of a decision.
pub(crate) fn message(decision: &Decision) -> String {
    match &decision.verdict {
        Verdict::Act(_) => format!("{} is under way.", decision.phase.as_str()),
        Verdict::Wait(wait) => cut(&wait.message),
        Verdict::Done { message, .. } => cut(message),
    }
}

/// At most one KiB, on a character boundary: the API's own limit for a good message.
fn cut(text: &str) -> String {
    const MOST: usize = 1024;
    if text.len() <= MOST {
        return text.to_owned();
    }
    let mut kept = String::with_capacity(MOST);
    for c in text.chars() {
        if kept.len() + c.len_utf8() > MOST - 3 {
            break;
        }
        kept.push(c);
    }
    kept + "…"
}

/// Whether the run has gone at least to this phase of the plain order; `Suspended` and `Terminating` count as the phase before.
pub(crate) fn reached(obs: &Observation, phase: Phase) -> bool {
    let cloned = obs.clone.known().and_then(Option::as_ref).is_some_and(|c| c.finished);
    // Applied, looked at, and not refused: a refused migration promises nothing.
    let classified = obs.migrations.known().is_some_and(|m| m.classified && crate::preflight::summary(&m.findings).0);
    let moved = writing_side(obs) == Some(Side::Green);
    match phase {
        Phase::Cloning => obs.blue.record.known().is_some_and(Option::is_some),
        Phase::Migrating => cloned || moved,
        Phase::CatchingUp => classified || moved,
        Phase::RollbackWindow => moved,
        _ => false,
    }
}

/// The status written last with a problem of an action on top: what was promised stands, what goes on is said anew.
pub fn with_problem(plan: &Plan, decision: &Decision, now: i64) -> DatabaseMigrationStatus {
    let mut status = plan.previous.clone();
    status.observed_generation = Some(plan.generation);
    let fresh = conditions::progress(plan, decision, now);
    status.conditions.retain(|old| fresh.iter().all(|new| new.type_ != old.type_));
    status.conditions.splice(0..0, fresh);
    for step in &mut status.steps {
        if Some(step.name.as_str()) == steps::of(decision.phase).map(verdigris_crds::Step::as_str) {
            step.message = Some(message(decision));
        }
    }
    status
}
