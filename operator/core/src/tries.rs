//! Work that could not be done and is tried again: how often it was tried, so that the pause before the next try can grow.
use serde::{Deserialize, Serialize};

use crate::{
    action::Action,
    decide::{Decision, Verdict},
};

/// Work that could not be done, as a process remembers it. Forgetting it is safe: it is tried again after a short pause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// What was decided.
    pub work: Decision,
    /// `metadata.generation` that asked for it: another one is another wish.
    pub generation: i64,
    /// How often it was tried in a row.
    pub tries: u32,
}

impl Failure {
    /// The failure after this one, if it is the same work again; else the first of its kind.
    pub fn after(last: Option<&Self>, decision: &Decision, generation: i64) -> Self {
        let before = last.filter(|f| f.is_of(decision, generation)).map_or(0, |f| f.tries);
        Self { work: decision.clone(), generation, tries: before.saturating_add(1) }
    }

    /// What is left of it once this was decided, and done if it was work: nothing, if that was the same work or none.
    pub fn survives(&self, decision: &Decision, generation: i64) -> bool {
        matches!(decision.verdict, Verdict::Act(_)) && !self.is_of(decision, generation)
    }

    /// The same work, asked for by the same spec. A list of actions ends with what it is for.
    fn is_of(&self, decision: &Decision, generation: i64) -> bool {
        let last = |d: &Decision| match &d.verdict {
            Verdict::Act(actions) => actions.last().map(kind),
            _ => None,
        };
        let (failed, due) = (last(&self.work), last(decision));
        self.generation == generation && self.work.phase == decision.phase && due.is_some() && failed == due
    }
}

/// An action without what changes from try to try, such as a time.
fn kind(action: &Action) -> Action {
    match action {
        Action::StartJob { kind, .. } => Action::StartJob { kind: *kind, key: String::new() },
        Action::WritePlan { .. } => Action::WritePlan { digest: String::new(), body: String::new() },
        Action::Finish { writer, .. } => Action::Finish { writer: *writer, why: String::new() },
        Action::Undo { .. } => Action::Undo { why: String::new() },
        other => other.clone(),
    }
}
