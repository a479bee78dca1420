//! What came in the way of an action: kept apart until it is told, because a stale epoch is more than a message.
use verdigris_core::fact::Problem;

use crate::postgres::error::Error;

/// Why an action was not done.
pub(super) enum Failure {
    /// A database said so.
    Database(Box<Error>),
    /// Anything else.
    Other(Problem),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Database(Box::new(error))
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Other(problem)
    }
}

impl Failure {
    /// As users read it.
    pub(super) fn problem(self) -> Problem {
        match self {
            Self::Database(error) => error.problem(),
            Self::Other(problem) => problem,
        }
    }
}
