//! `status.steps`: the run as a list, for `kubectl describe` and for pipelines that show progress.
use verdigris_crds::{Phase, Step, StepState, StepStatus};

use super::{message, reached, time, tried_again};
use crate::{
    decide::{Decision, Verdict},
    observation::{CloneFacts, Observation},
    plan::Plan,
};

/// The step that a phase works on. Phases outside the plain order have none.
pub fn of(phase: Phase) -> Option<Step> {
    Some(match phase {
        Phase::Preflight | Phase::Pending => Step::Preflight,
        Phase::Provisioning => Step::Provision,
        Phase::Cloning => Step::Clone,
        Phase::Migrating => Step::Migrate,
        Phase::CatchingUp => Step::CatchUp,
        Phase::Verifying => Step::Verify,
        Phase::AwaitingApproval => Step::Approve,
        Phase::CuttingOver => Step::CutOver,
        Phase::RollbackWindow => Step::RollbackWindow,
        _ => return None,
    })
}

/// `4/9 Migrate`, or nothing where the phase says it all.
pub fn display(phase: Phase) -> Option<String> {
    let step = of(phase)?;
    let number = Step::ALL.iter().position(|s| *s == step)? + 1;
    Some(format!("{number}/{} {}", Step::ALL.len(), step.as_str()))
}

/// `63% ~12m` of the copy, `3/12` of the comparison.
pub fn progress(obs: &Observation, decision: &Decision) -> Option<String> {
    match decision.phase {
        Phase::Cloning => {
            let clone = obs.clone.known()?.as_ref()?;
            let percent = clone.done_bytes.checked_mul(100)?.checked_div(clone.total_bytes)?;
            Some(format!("{percent}%"))
        }
        Phase::Verifying => {
            let last = obs.comparison.known()?.as_ref()?;
            last.finished_at.is_none().then(|| format!("{}/{}", last.done, last.total))
        }
        _ => None,
    }
}

/// Every step with its state and times; times are kept from the status before.
pub fn view(plan: &Plan, obs: &Observation, decision: &Decision, now: i64) -> Vec<StepStatus> {
    let current = of(decision.phase);
    Step::ALL
        .iter()
        .map(|step| {
            let old = plan.previous.steps.iter().find(|s| s.name == step.as_str());
            let mut new =
                old.cloned().unwrap_or_else(|| StepStatus { name: step.as_str().into(), ..StepStatus::default() });
            let state = state(*step, current, obs, decision, old);
            if new.started_at.is_none() && !matches!(state, StepState::Pending | StepState::Skipped) {
                new.started_at = Some(time(now));
            }
            new.finished_at = match state {
                StepState::Succeeded => new.finished_at.or_else(|| Some(time(now))),
                _ => None,
            };
            if Some(*step) != current || !tried_again(plan, decision) {
                new.message = matches!(state, StepState::Waiting | StepState::Failed).then(|| message(decision));
            }
            state.as_str().clone_into(&mut new.state);
            if *step == Step::Clone {
                copy(&mut new, obs, state, now);
            }
            new
        })
        .collect()
}

fn state(
    step: Step,
    current: Option<Step>,
    obs: &Observation,
    decision: &Decision,
    old: Option<&StepStatus>,
) -> StepState {
    let done = match decision.phase {
        Phase::Succeeded | Phase::RolledBack | Phase::RollingBack => true,
        _ => current.is_some_and(|c| step < c),
    };
    if Some(step) == current {
        return match &decision.verdict {
            Verdict::Wait(w) if w.stalled => StepState::Failed,
            Verdict::Wait(_) if matches!(decision.phase, Phase::AwaitingApproval | Phase::Provisioning) => {
                StepState::Waiting
            }
            Verdict::Done { .. } => StepState::Succeeded,
            _ => StepState::Running,
        };
    }
    if done {
        return StepState::Succeeded;
    }
    // Suspended, terminating or failed: what was reached stands, what was under way stopped.
    let kept = old.map_or("Pending", |s| s.state.as_str());
    match (current, kept) {
        (None, "Succeeded") => StepState::Succeeded,
        (None, "Running" | "Waiting" | "Failed") if !reached(obs, Phase::RollbackWindow) => StepState::Waiting,
        _ => StepState::Pending,
    }
}

fn copy(step: &mut StepStatus, obs: &Observation, state: StepState, now: i64) {
    let Some(CloneFacts { done_bytes, total_bytes, started_at, .. }) = obs.clone.known().and_then(Option::as_ref)
    else {
        return;
    };
    step.done = Some(*done_bytes);
    step.total = Some(*total_bytes);
    step.unit = Some("bytes".into());
    let took = now - started_at;
    step.eta = (state == StepState::Running && *done_bytes > 0 && took > 0)
        .then(|| i128::from(took) * i128::from(total_bytes - done_bytes) / i128::from(*done_bytes))
        .and_then(|left| i64::try_from(left).ok())
        // To the half minute: a finer guess would be written over and over.
        .map(|left| time((now + left) / 30 * 30));
}
