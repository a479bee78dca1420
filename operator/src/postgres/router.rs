//! Where clients are sent: implemented by whoever knows Kubernetes. The database side only asks for it.
use std::future::Future;
use std::time::Duration;

use verdigris_core::fact::Problem;
use verdigris_crds::Side;

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

/// The route of client connections.
pub trait Router: Send + Sync {
    /// Reads the version of the route.
    fn read(&self) -> impl Future<Output = Result<Version, RouteError>> + Send;
    /// Sends new connections to `to`, if the route still has that version.
    fn apply(&self, version: &Version, to: Side) -> impl Future<Output = Result<(), RouteError>> + Send;
    /// Waits until new connections really reach `to`, for at most `limit`.
    fn settled(&self, to: Side, limit: Duration) -> impl Future<Output = Result<(), RouteError>> + Send;
}
