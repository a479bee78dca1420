//! Everything said to the API server. Calls have a deadline; the caller decides nothing here, it reads or writes one thing.
pub mod jobs;
pub mod labels;
pub mod movers;
pub mod services;
pub mod sources;
pub mod workloads;

use std::{future::Future, time::Duration};

use verdigris_core::fact::{Fact, Problem};

/// Longest wait for one call.
pub const DEADLINE: Duration = Duration::from_secs(15);

/// What went wrong with one call.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The API server answered with an error, or could not be reached.
    #[error("{what}: {source}")]
    Api {
        /// What was asked for.
        what: String,
        /// kube's own error.
        #[source]
        source: Box<kube::Error>,
    },
    /// No answer within the deadline: it may have happened.
    #[error("{0}: no answer from the API server in time")]
    Deadline(String),
    /// Something that is needed is not there or not as it must be.
    #[error("{}", .0.message)]
    Problem(Problem),
}

impl Error {
    /// As users read it. Only the API server's own sentence goes in, never an object's content.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Problem(problem) => problem.clone(),
            Self::Deadline(what) => Problem::transient(
                "ApiServerTimeout",
                format!("{what}: the API server did not answer in time; it is tried again."),
            ),
            Self::Api { what, source } => match source.as_ref() {
                // Admission answers as a missing right does, but it is the namespace that says no.
                kube::Error::Api(status) if status.is_forbidden() && status.message.contains("exceeded quota") => {
                    Problem::permanent(
                        "QuotaExceeded",
                        format!(
                            "{what}: a ResourceQuota of the namespace refuses it ({}). Raise that quota, or free what it counts; it is tried again.",
                            status.message
                        ),
                    )
                }
                kube::Error::Api(status) if status.is_forbidden() => Problem::permanent(
                    "Forbidden",
                    format!("{what}: the operator lacks a right ({}). Install the chart's roles.", status.message),
                ),
                kube::Error::Api(status) if status.is_conflict() => {
                    Problem::transient("Conflict", format!("{what}: the object changed meanwhile; it is read again."))
                }
                kube::Error::Api(status) => Problem {
                    reason: "ApiServerRefused".into(),
                    message: format!("{what}: {}", status.message),
                    transient: status.code >= 500 || status.code == 429,
                },
                _ => Problem::transient(
                    "ApiServerUnreachable",
                    format!("{what}: the API server could not be reached; it is tried again."),
                ),
            },
        }
    }

    /// The object changed since it was read.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Api { source, .. } if matches!(source.as_ref(), kube::Error::Api(s) if s.is_conflict()))
    }
}

/// One call with a deadline.
///
/// # Errors
/// As kube says, or `Deadline`.
pub async fn call<T>(
    what: impl Into<String>,
    future: impl Future<Output = Result<T, kube::Error>>,
) -> Result<T, Error> {
    let what = what.into();
    match tokio::time::timeout(DEADLINE, future).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(source)) => Err(Error::Api { what, source: Box::new(source) }),
        Err(_) => Err(Error::Deadline(what)),
    }
}

/// A result as a fact.
pub fn fact<T>(result: Result<T, Error>) -> Fact<T> {
    match result {
        Ok(value) => Fact::Known(value),
        Err(error) => Fact::Unknown(error.problem()),
    }
}

#[cfg(test)]
mod tests {
    use kube::core::Status;

    use super::*;

    #[test]
    fn a_quota_is_not_a_missing_right() {
        let problem = |message: &str| {
            let status = Status::failure(message, "Forbidden").with_code(403);
            let source = Box::new(kube::Error::Api(Box::new(status)));
            Error::Api { what: "making StatefulSet shop/orders-42-green".into(), source }.problem()
        };
        let quota = problem(
            "statefulsets.apps \"orders-42-green\" is forbidden: exceeded quota: none, requested: count/statefulsets.apps=1, used: count/statefulsets.apps=1, limited: count/statefulsets.apps=1",
        );
        assert_eq!((quota.reason.as_str(), quota.transient), ("QuotaExceeded", false));
        assert!(
            quota.message.contains("exceeded quota: none") && !quota.message.contains("roles"),
            "{}",
            quota.message
        );
        let right = problem(
            "statefulsets.apps is forbidden: User \"system:serviceaccount:verdigris-system:verdigris\" cannot create resource",
        );
        assert_eq!(right.reason, "Forbidden");
    }
}
