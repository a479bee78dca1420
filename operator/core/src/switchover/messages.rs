//! What the shell and the machine of an attempt tell each other, and what binds both.
use super::steps::Step;
use crate::fact::Problem;

/// What one attempt is bound by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bounds {
    /// Writers never wait longer for us, in milliseconds.
    pub budget: u64,
    /// Tries to get the hold.
    pub tries: u32,
    /// All tries together, in milliseconds.
    pub patience: u64,
    /// Whether poolers are in the path: their clients wait from the pause on, so that tries for the hold count too.
    pub poolers: bool,
}

impl Bounds {
    /// With the usual number of tries.
    pub fn new(budget: u64) -> Self {
        Self { budget, tries: 40, patience: 60_000, poolers: false }
    }

    /// How long a physical standby may take while both sides are closed.
    pub fn standby(self) -> u64 {
        (self.budget / 4).min(1_000)
    }

    /// How long poolers may take to hold their clients. The marker's session ends by itself once it was idle for ten seconds.
    pub fn pause(self) -> u64 {
        self.proved().min(8_000)
    }

    /// How long after the hold was asked for everything must be proved.
    pub(super) fn proved(self) -> u64 {
        self.budget.saturating_sub(self.standby() + (self.budget / 10).min(500))
    }
}

/// What the shell tells. `at` is milliseconds since the attempt began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The attempt begins.
    Started {
        /// When.
        at: u64,
    },
    /// A step is done.
    Done {
        /// Which.
        step: Step,
        /// When.
        at: u64,
    },
    /// A step did not succeed.
    Failed {
        /// Which.
        step: Step,
        /// When.
        at: u64,
        /// What is known of it.
        failure: Failure,
        /// Why.
        problem: Problem,
    },
    /// Somebody wants it stopped: it is, while nothing is closed.
    AbortAsked {
        /// Why.
        problem: Problem,
    },
    /// Everything is as it was, or the problem that kept it from being so.
    PutBack {
        /// What went wrong.
        problem: Option<Problem>,
    },
}

/// What is known of a step that did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It did not happen, and trying again at once may help: a busy lock, a Service changed meanwhile.
    Busy,
    /// It did not happen.
    Refused,
    /// Nobody knows whether it happened.
    Lost,
}

/// What the shell does next, in this order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// A step, for at most so many milliseconds.
    Do {
        /// Which.
        step: Step,
        /// How long.
        limit: u64,
    },
    /// Lets the hold go.
    Release,
    /// Waits a random time between the two, in milliseconds.
    Pause {
        /// At least.
        least: u64,
        /// At most.
        most: u64,
    },
    /// Takes away what the attempt made: convergence on the side that writes, `from`.
    PutBack,
    /// The end.
    Finish(Outcome),
}

/// How an attempt ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// `to` writes, and the reverse stream runs.
    Moved,
    /// `from` writes, and everything is as it was.
    Aborted(Problem),
    /// Only the databases know: recovery reads them.
    Recover(Problem),
}
