//! Transition rules: what may change, and until when. They stand at the root, because a rule at a field does not see the
//! status, and is skipped where an optional field comes or goes.
//!
//! The API server evaluates them on an update of the spec with the status as it is stored.
use kube::core::{Message, Reason, Rule};

use crate::{ConditionType, Phase, Side};

/// CEL: the phase as it is stored is one of these. No optional values (`.?`): the API server cannot bound their cost.
fn phase_in(phases: &[Phase]) -> String {
    let words: Vec<String> = phases.iter().map(|phase| format!("'{phase}'")).collect();
    format!("(has(oldSelf.status) && has(oldSelf.status.phase) && oldSelf.status.phase in [{}])", words.join(", "))
}

/// CEL: a condition of this type is true as it is stored.
fn holds(condition: ConditionType) -> String {
    format!(
        "(has(oldSelf.status) && has(oldSelf.status.conditions) \
         && oldSelf.status.conditions.exists(c, c.type == '{condition}' && c.status == 'True'))"
    )
}

/// CEL: nothing was made yet, so that the spec may still be corrected: the preflight has not passed.
fn open() -> String {
    format!(
        "!has(oldSelf.status) || !has(oldSelf.status.phase) || {} || ({} && !{})",
        phase_in(&[Phase::Pending, Phase::Preflight]),
        phase_in(&[Phase::Suspended]),
        holds(ConditionType::PreflightPassed)
    )
}

/// CEL: an optional field of the spec is as it was.
fn same(field: &str) -> String {
    format!(
        "(has(self.spec.{field}) == has(oldSelf.spec.{field}) \
         && (!has(self.spec.{field}) || self.spec.{field} == oldSelf.spec.{field}))"
    )
}

/// A field of the spec that does not change once the preflight has passed.
pub fn frozen(field: &str) -> Rule {
    Rule::new(format!("{} || {}", open(), same(field)))
        .message(Message::Message(format!(
            "spec.{field} is frozen once the preflight has passed: put it back, or delete this object and create a new one"
        )))
        .reason(Reason::FieldValueForbidden)
        .field_path(format!(".spec.{field}"))
}

/// Of the cutover, only the approval changes once the preflight has passed.
pub fn frozen_cutover() -> Rule {
    let unchanged = ["policy", "maxLagBytes", "maxWriteBlockMilliseconds"]
        .map(|field| format!("self.spec.cutover.{field} == oldSelf.spec.cutover.{field}"))
        .join(" && ");
    Rule::new(format!("{} || ({unchanged})", open()))
        .message(
            "spec.cutover is frozen once the preflight has passed, save approvedPlan: put it back, or delete this object and create a new one",
        )
        .reason(Reason::FieldValueForbidden)
        .field_path(".spec.cutover")
}

/// Migrations may be corrected until all are applied.
pub fn frozen_migrations() -> Rule {
    Rule::new(format!("!{} || {}", holds(ConditionType::SchemaMigrated), same("migrations")))
        .message(
            "spec.migrations is frozen once all are applied: put it back, or delete this object and create a new one",
        )
        .reason(Reason::FieldValueForbidden)
        .field_path(".spec.migrations")
}

/// The window only grows, and only while that still means something.
pub fn window_grows() -> Rule {
    let window = "self.spec.rollback.windowSeconds";
    let before = "oldSelf.spec.rollback.windowSeconds";
    let over = phase_in(&[Phase::Succeeded, Phase::RollingBack, Phase::RolledBack, Phase::Failed]);
    Rule::new(format!("{} || {window} == {before} || ({window} > {before} && !{over})", open()))
        .message(
            "spec.rollback.windowSeconds may only grow once the preflight has passed, and not change when the run is over: put it back or give a larger value",
        )
        .reason(Reason::FieldValueForbidden)
        .field_path(".spec.rollback.windowSeconds")
}

/// After the window there is no way back in this run.
pub fn no_way_back() -> Rule {
    Rule::new(format!("!{} || self.spec.writer == oldSelf.spec.writer", phase_in(&[Phase::Succeeded])))
        .message("the rollback window is over, so spec.writer cannot change: to go back, migrate with a new object")
        .reason(Reason::FieldValueForbidden)
        .field_path(".spec.writer")
}

/// A run that was rolled back does not start again.
pub fn no_second_try() -> Rule {
    // A rollback that has not taken place may still be called off: whether it has is for the databases to say, not for this rule. One
    // that was called off too late, or that a human did by hand, leaves Green there: that may be put right.
    Rule::new(format!(
        "!{} || self.spec.writer == oldSelf.spec.writer || self.spec.writer == '{}'",
        phase_in(&[Phase::RolledBack]),
        Side::Blue
    ))
    .message("this run was rolled back, so spec.writer stays Blue: to try again, create a new object")
    .reason(Reason::FieldValueForbidden)
    .field_path(".spec.writer")
}
