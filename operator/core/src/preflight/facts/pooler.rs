//! What the poolers in front of the client Service say of themselves.
use serde::{Deserialize, Serialize};

/// One pod that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PoolerFacts {
    /// Its name.
    pub pod: String,
    /// Pool mode where a database names none: `session`, `transaction` or `statement`.
    pub mode: String,
    /// Whether the user that we are there is one of its `admin_users`.
    pub admin: bool,
    /// Whether other processes may listen on its port (`so_reuseport`): a console reaches any one of them.
    pub shares_port: bool,
    /// Its databases.
    pub databases: Vec<PooledDatabase>,
}

/// A database of a pooler.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PooledDatabase {
    /// Name that clients use.
    pub name: String,
    /// Host that it leads to; empty: a socket of the pooler's own machine.
    pub host: String,
    /// Database there.
    pub database: String,
    /// Its pool mode, if it has one of its own.
    pub mode: Option<String>,
    /// Whether it holds its clients.
    pub paused: bool,
}

impl PooledDatabase {
    /// Whether it leads to that database of the Service.
    pub fn leads_to(&self, database: &str, hosts: &[String]) -> bool {
        self.database == database && hosts.contains(&self.host)
    }
}
