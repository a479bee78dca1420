//! What preflight looks at: plain data, gathered by the shell, each part known or with the problem that hid it (I7).
//! Nothing is derived here and nothing secret is stored: of a Secret only the names of its keys.
mod database;
mod kubernetes;
mod pooler;
mod server;

use serde::{Deserialize, Serialize};

pub use self::{database::*, kubernetes::*, pooler::*, server::*};
use crate::fact::{Fact, Problem};

/// Everything that was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    /// What the API server says.
    pub kubernetes: KubernetesFacts,
    /// What blue says; unknown when it cannot be asked.
    pub blue: Fact<ServerFacts>,
    /// What green says; not read before green is there.
    pub green: Fact<ServerFacts>,
    /// Whether the servers reach each other; not read before green is there.
    pub connectivity: ConnectivityFacts,
    /// Pods of the pooler; not asked for where the object names none.
    pub poolers: Fact<Vec<PoolerFacts>>,
}

/// Whether the servers reach each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectivityFacts {
    /// Green's server connected to blue: the forward stream.
    pub green_to_blue: Fact<Attempt>,
    /// Blue's server connected to green: the way back.
    pub blue_to_green: Fact<Attempt>,
}

impl Default for ConnectivityFacts {
    fn default() -> Self {
        Self { green_to_blue: not_asked(), blue_to_green: not_asked() }
    }
}

/// A fact that nobody asked for yet.
pub fn not_asked<T>() -> Fact<T> {
    Fact::Unknown(Problem::transient("NotAsked", "it was not asked for yet"))
}

/// A connection from one server to the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// `host:port` it went to.
    pub target: String,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a connection from one server to the other ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// It stood.
    Connected,
    /// The name did not resolve.
    NameUnknown,
    /// Nobody listens there.
    Refused,
    /// No answer in time: a network policy, or the server is down.
    NoAnswer,
    /// pg_hba.conf has no entry for it.
    HbaRejected,
    /// Name or password was rejected.
    PasswordRejected,
    /// The database does not exist there.
    NoSuchDatabase,
    /// No WAL sender or connection was free.
    Busy,
    /// Something else.
    Other,
}
