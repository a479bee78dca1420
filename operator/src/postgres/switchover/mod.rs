//! `switchover(from, to)`: performs the commands of `verdigris_core::switchover` over warm sessions. It decides nothing:
//! it measures, says statements, and tells the machine what came of them.
mod after;
pub(crate) mod attempt;
mod before;
mod held;
mod report;
mod run;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use uuid::Uuid;
use verdigris_core::fact::Problem;
use verdigris_core::names::Names;
use verdigris_core::switchover::Bounds;
use verdigris_crds::Side;

use super::arm::LargeObjects;
use super::connect::Target;
use super::stream::Address;

pub use report::{Report, StepTime, reports};
pub use run::run;

pub(crate) use after::{end_read_only_sessions, end_sessions, read_only, route, streaming, writable};
pub(crate) use held::{open_sql, standbys};

/// What moves, between whom, and within which bounds.
#[derive(Clone, Debug)]
pub struct Request {
    /// Names of the run.
    pub names: Names,
    /// This operator process.
    pub holder: Uuid,
    /// Number of the database in the set.
    pub database: usize,
    /// How we reach blue.
    pub blue: Target,
    /// How we reach green.
    pub green: Target,
    /// How green's server reaches blue's.
    pub blue_address: Address,
    /// How blue's server reaches green's.
    pub green_address: Address,
    /// Side that loses the writer role.
    pub from: Side,
    /// Writers never wait longer for us.
    pub budget: Duration,
    /// All tries for the hold together; between them writers write.
    pub patience: Duration,
    /// Length of the rollback window, in seconds, counted from green's opening.
    pub window_seconds: i64,
    /// Whether poolers are in the path.
    pub poolers: bool,
    /// Whether large objects stand against it.
    pub large_objects: LargeObjects,
    /// Set by the caller to have the attempt stopped while nothing is closed.
    pub abort: Abort,
}

impl Request {
    /// How we reach a side.
    pub fn target(&self, side: Side) -> &Target {
        match side {
            Side::Blue => &self.blue,
            Side::Green => &self.green,
        }
    }

    /// How the other side's server reaches a side.
    pub fn address(&self, side: Side) -> &Address {
        match side {
            Side::Blue => &self.blue_address,
            Side::Green => &self.green_address,
        }
    }

    /// Bound of every statement and every idle transaction of ours.
    pub(crate) fn limit(&self) -> Duration {
        self.budget.max(Duration::from_secs(5))
    }

    pub(crate) fn bounds(&self) -> Bounds {
        let milliseconds = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Bounds {
            patience: milliseconds(self.patience),
            poolers: self.poolers,
            ..Bounds::new(milliseconds(self.budget))
        }
    }
}

/// A wish to stop, shared with the caller.
#[derive(Clone, Debug, Default)]
pub struct Abort(Arc<AtomicBool>);

impl Abort {
    /// Asks.
    pub fn ask(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether somebody asked.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Why a switchover did not move the writer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// `from` writes, and everything is as it was. The gate stays armed: `disarm` takes it off.
    Aborted(Problem),
    /// Another operator process has taken over; it is not for us to do anything.
    Overtaken(Problem),
    /// Not known, or not done: call `recovery::run` until it says which side writes.
    Unsettled(Problem),
}

impl Stop {
    /// Why.
    pub fn problem(&self) -> &Problem {
        match self {
            Self::Aborted(problem) | Self::Overtaken(problem) | Self::Unsettled(problem) => problem,
        }
    }
}
