//! What was observed, or why it could not be. Unknown is never zero and never yes (I7).
use serde::{Deserialize, Serialize};

/// One observed fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Fact<T> {
    /// It was seen.
    Known(T),
    /// It could not be seen, and why.
    Unknown(Problem),
}

impl<T> Fact<T> {
    /// The value, if it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }

    /// The problem, if it is not known.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Known(_) => None,
            Self::Unknown(problem) => Some(problem),
        }
    }
}

/// Something that is in the way, as users read it. No secret, DSN or row content (I10).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Stable CamelCase word; part of the API.
    pub reason: String,
    /// What is wrong and where, then what to do about it.
    pub message: String,
    /// Whether it may go away without a human.
    pub transient: bool,
}

impl Problem {
    /// A problem that may pass by itself: the network, a restart, a busy lock.
    pub fn transient(reason: impl Into<String>, message: impl Into<String>) -> Self {
        Self { reason: reason.into(), message: message.into(), transient: true }
    }

    /// A problem that a human must mend.
    pub fn permanent(reason: impl Into<String>, message: impl Into<String>) -> Self {
        Self { reason: reason.into(), message: message.into(), transient: false }
    }
}
