//! `decide(plan, observation, now)`: what to do next, or why nothing is to be done yet. Pure: the same look gives the same answer.
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use verdigris_crds::{Phase, Side};

use crate::{
    action::Action,
    fact::{Fact, Problem},
    observation::Observation,
    phases::{budget, clone, cutover, delete, end, migrate, poolers, start, verify, window},
    plan::Plan,
    record::Record,
};

/// The answer to one look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// Where the run stands, for display.
    pub phase: Phase,
    /// What follows from it.
    pub verdict: Verdict,
}

/// What follows from a look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// Do these, in order, then look again.
    Act(Vec<Action>),
    /// Nothing is to be done yet.
    Wait(Wait),
    /// The run is over.
    Done {
        /// Reason of the last condition.
        reason: String,
        /// What a user reads.
        message: String,
    },
}

/// Why nothing is to be done yet: shown to the user, never only logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wait {
    /// Stable word.
    pub reason: String,
    /// What is waited for, and what a user can do.
    pub message: String,
    /// It will not go on without a human.
    pub stalled: bool,
    /// Until when, seconds since 1970, where that is known.
    pub until: Option<i64>,
    /// Look again after so many seconds; changes of watched objects come sooner.
    pub recheck_seconds: u32,
}

/// A step of the walk: go on, or this is the decision.
pub type Next = ControlFlow<Decision>;

/// Who writes, by the databases' own word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    /// Our record is on neither side, or on green alone: blue writes, the run has not touched it.
    Untouched,
    /// Blue is open, green closed or not there yet.
    Blue,
    /// Green is open, blue closed.
    Green,
    /// The writer went to green and came back.
    BlueAgain,
    /// A crash left both closed.
    Nobody,
    /// Only after a failover that lost a commit.
    Both,
}

/// What to do next, or why nothing is to be done yet. `now`: seconds since 1970.
pub fn decide(plan: &Plan, obs: &Observation, now: i64) -> Decision {
    let decision = match walk(plan, obs, now) {
        ControlFlow::Break(decision) => decision,
        ControlFlow::Continue(()) => waiting(plan.last_phase(), "NothingToDo", "Nothing is to be done.", 60),
    };
    poolers::let_go(plan, obs, decision)
}

fn walk(plan: &Plan, obs: &Observation, now: i64) -> Next {
    if obs.object.deleting {
        budget::of_the_end(plan, obs)?;
        return delete::decide(plan, obs, now);
    }
    end::already_over(plan, obs)?;
    if obs.sides_known && !(obs.blue.service && obs.green.service) {
        return act(plan.last_phase().max(Phase::Preflight), vec![Action::MakeSideServices]);
    }
    budget::of_green(plan, obs)?;
    end::led_to_who_is_left(plan, obs)?;
    let blue = known(plan, &obs.blue.record)?;
    // The finalizer comes before our first record: from then on another run's record stands where ours was or should be.
    if obs.object.finalizer {
        start::undisturbed(plan, obs)?;
    }
    if blue.is_none() {
        return start::decide(plan, obs);
    }
    // Blue was never opened again after green: whatever green does, blue's disk comes first.
    if blue.as_ref().is_some_and(|blue| !blue.closed && blue.opened_at.is_none()) {
        budget::of_blue(plan, obs)?;
    }
    if blue.as_ref().is_some_and(|blue| !blue.closed && blue.opened_at.is_some()) {
        budget::of_blue_again(plan, obs)?;
    }
    let green = known(plan, &obs.green.record)?;
    match writer(blue.as_ref(), green.as_ref()) {
        Writer::Untouched | Writer::Blue => {
            start::claimed(plan, obs)?;
            clone::decide(plan, obs, now)?;
            migrate::decide(plan, obs, now)?;
            verify::stream(plan, obs)?;
            verify::decide(plan, obs, now)?;
            cutover::decide(plan, obs, now)
        }
        Writer::Green => window::decide(plan, obs, now),
        Writer::BlueAgain => end::rolled_back(obs),
        Writer::Nobody | Writer::Both => act(Phase::CuttingOver, vec![Action::Recover]),
    }
}

/// Who writes, by both records.
pub fn writer(blue: Option<&Record>, green: Option<&Record>) -> Writer {
    let Some(blue) = blue else { return Writer::Untouched };
    let Some(green) = green else { return if blue.closed { Writer::Nobody } else { Writer::Blue } };
    match (blue.closed, green.closed) {
        (false, true) if blue.turn == green.turn && blue.turn > 0 => Writer::BlueAgain,
        (false, true) => Writer::Blue,
        (true, false) => Writer::Green,
        (true, true) => Writer::Nobody,
        (false, false) => Writer::Both,
    }
}

/// The side that writes, if exactly one does.
pub fn writing_side(obs: &Observation) -> Option<Side> {
    if obs.blue.foreign.is_some() {
        return None;
    }
    let blue = obs.blue.record.known()?;
    match obs.green.record.known() {
        Some(green) => match writer(blue.as_ref(), green.as_ref()) {
            Writer::Untouched | Writer::Blue | Writer::BlueAgain => Some(Side::Blue),
            Writer::Green => Some(Side::Green),
            Writer::Nobody | Writer::Both => None,
        },
        None => blue.as_ref().is_none_or(|r| !r.closed).then_some(Side::Blue),
    }
}

/// Go on with the value, or wait for it: unknown is never zero and never yes (I7).
pub fn known<'a, T>(plan: &Plan, fact: &'a Fact<T>) -> ControlFlow<Decision, &'a T> {
    match fact {
        Fact::Known(value) => ControlFlow::Continue(value),
        Fact::Unknown(problem) => ControlFlow::Break(unknown(plan.last_phase(), problem)),
    }
}

/// Wait because something could not be seen.
pub fn unknown(phase: Phase, problem: &Problem) -> Decision {
    Decision {
        phase,
        verdict: Verdict::Wait(Wait {
            reason: problem.reason.clone(),
            message: problem.message.clone(),
            stalled: !problem.transient,
            until: None,
            recheck_seconds: if problem.transient { 5 } else { 20 },
        }),
    }
}

/// Do these, then look again.
pub fn act(phase: Phase, actions: Vec<Action>) -> Next {
    ControlFlow::Break(Decision { phase, verdict: Verdict::Act(actions) })
}

/// Wait for something that passes by itself.
pub fn wait(phase: Phase, reason: &str, message: impl Into<String>, recheck_seconds: u32) -> Next {
    ControlFlow::Break(waiting(phase, reason, message, recheck_seconds))
}

/// Wait for a human.
pub fn stalled(phase: Phase, reason: &str, message: impl Into<String>) -> Next {
    let mut decision = waiting(phase, reason, message, 20);
    if let Verdict::Wait(wait) = &mut decision.verdict {
        wait.stalled = true;
    }
    ControlFlow::Break(decision)
}

fn waiting(phase: Phase, reason: &str, message: impl Into<String>, recheck_seconds: u32) -> Decision {
    Decision {
        phase,
        verdict: Verdict::Wait(Wait {
            reason: reason.into(),
            message: message.into(),
            stalled: false,
            until: None,
            recheck_seconds,
        }),
    }
}
