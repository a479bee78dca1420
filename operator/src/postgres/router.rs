//! Where clients are sent: implemented by whoever knows Kubernetes. The database side only asks for it.
use std::future::Future;
use std::time::Duration;

use verdigris_core::fact::Problem;
use verdigris_crds::Side;

use super::error::Reason;

/// Version of the route as it was read: a change that was made meanwhile must be refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(pub String);

/// Why the route was not changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteError {
    /// It was changed meanwhile: read again.
    Conflict,
    /// Anything else.
    Failed(Problem),
}

impl RouteError {
    /// As users read it.
    pub fn problem(self) -> Problem {
        match self {
            Self::Conflict => {
                let reason = Reason::RouteConflict;
                Problem::transient(reason.as_str(), format!("{}. {}", reason.says(), reason.remedy()))
            }
            Self::Failed(problem) => problem,
        }
    }
}

/// The route of client connections.
pub trait Router: Send + Sync {
    /// Reads the version of the route.
    fn read(&self) -> impl Future<Output = Result<Version, RouteError>> + Send;
    /// Sends new connections to `to`, if the route still has that version.
    fn apply(&self, version: &Version, to: Side) -> impl Future<Output = Result<(), RouteError>> + Send;
    /// Waits until new connections really reach `to`, for at most `limit`.
    fn settled(&self, to: Side, limit: Duration) -> impl Future<Output = Result<(), RouteError>> + Send;
    /// Makes ready what `pause` and `resume` need, while nobody waits: both must then do without anything that may be slow. An error: a
    /// pooler cannot be told, is not in the path, or holds its clients already.
    fn ready(&self) -> impl Future<Output = Result<(), RouteError>> + Send;
    /// Server processes with which clients of poolers are in a transaction: a pause waits for these, and whoever comes meanwhile for it.
    fn busy(&self) -> impl Future<Output = Result<Vec<i32>, RouteError>> + Send;
    /// Has every pooler in the path hold its clients, with no connection to a server left. An error: one did not within `limit`; those
    /// that did go on holding.
    fn pause(&self, limit: Duration) -> impl Future<Output = Result<(), RouteError>> + Send;
    /// Has every pooler let its clients go on; also one that holds none. An error: one that runs could not be told.
    fn resume(&self) -> impl Future<Output = Result<(), RouteError>> + Send;
}
