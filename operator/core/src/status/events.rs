//! What is told as an event, by two statuses that follow each other. Promises kept are normal, and so is a rollback that was asked
//! for; what needs a human is a warning, and so is what the window has lost.
use verdigris_crds::{ConditionType, DatabaseMigrationStatus, Phase};

/// One event of the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Normal, or a warning.
    pub normal: bool,
    /// One word: the condition, for the most part.
    pub reason: String,
    /// The condition's message.
    pub note: String,
}

/// What changed between two statuses and is worth an event.
pub fn events(previous: &DatabaseMigrationStatus, status: &DatabaseMigrationStatus, phase: Phase) -> Vec<Told> {
    let mut told = Vec::new();
    for now in &status.conditions {
        let Ok(kind) = now.type_.parse::<ConditionType>() else { continue };
        let old = previous.conditions.iter().find(|c| c.type_ == now.type_);
        let holds = now.status == "True";
        let turned = old.is_none_or(|o| o.status != now.status);
        let another = turned || old.is_some_and(|o| o.reason != now.reason);
        let lost = phase == Phase::RollbackWindow && old.is_some_and(|o| o.status == "True");
        let (normal, reason) = match kind {
            ConditionType::Stalled if holds && another => (false, now.reason.clone()),
            ConditionType::Stalled | ConditionType::Reconciling | ConditionType::Ready => continue,
            ConditionType::Succeeded if another && phase == Phase::RolledBack && !holds => {
                (true, phase.as_str().into())
            }
            _ if holds && turned => (true, now.type_.clone()),
            ConditionType::RollbackAvailable | ConditionType::TrafficOnGreen if lost && turned => {
                (false, format!("{}Lost", now.type_))
            }
            _ => continue,
        };
        told.push(Told { normal, reason, note: now.message.clone() });
    }
    told
}
