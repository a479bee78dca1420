//! Facts about one PostgreSQL server.
use serde::{Deserialize, Serialize};

use super::{AvailableExtension, DatabaseFacts};
use crate::fact::Fact;

/// One server, blue or green.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerFacts {
    /// Which server it is.
    pub server: Fact<Server>,
    /// What it is set to.
    pub settings: Fact<Settings>,
    /// What of its limits is in use.
    pub usage: Fact<Usage>,
    /// The admin role that asked.
    pub role: Fact<Role>,
    /// Its databases, templates left out.
    pub databases: Fact<Vec<Database>>,
    /// Prepared transactions of all databases: a slot waits for every one of them.
    pub prepared: Fact<Vec<Prepared>>,
    /// Client transactions that are open for a minute or longer, in all databases, ours left out.
    pub transactions: Fact<Vec<Transaction>>,
    /// Replication slots.
    pub slots: Fact<Vec<Slot>>,
    /// Subscriptions of all databases.
    pub subscriptions: Fact<Vec<Subscription>>,
    /// Replication origins that belong to no subscription.
    pub origins: Fact<Vec<String>>,
    /// Roles whose names begin with `verdigris_`.
    pub roles: Fact<Vec<String>>,
    /// Roles that are superusers or may become one.
    pub superusers: Fact<Vec<String>>,
    /// Databases beside the one that moves; asked of blue only.
    pub others: Fact<Vec<OtherDatabase>>,
    /// Extensions that the server's packages offer.
    pub available: Fact<Vec<AvailableExtension>>,
    /// The database that moves; unknown too when it was not chosen.
    pub database: Fact<DatabaseFacts>,
}

/// Which server it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Server {
    /// `server_version_num`, such as 150019.
    pub version: i32,
    /// `pg_control_system().system_identifier`.
    pub system_identifier: i64,
    /// `pg_is_in_recovery()`.
    pub in_recovery: bool,
}

/// Settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// `wal_level`.
    pub wal_level: String,
    /// `max_replication_slots`.
    pub max_replication_slots: i64,
    /// `max_wal_senders`.
    pub max_wal_senders: i64,
    /// `max_worker_processes`.
    pub max_worker_processes: i64,
    /// `max_logical_replication_workers`.
    pub max_logical_replication_workers: i64,
    /// `max_prepared_transactions`.
    pub max_prepared_transactions: i64,
    /// `max_slot_wal_keep_size` in bytes; absent: no limit.
    pub max_slot_wal_keep_bytes: Option<i64>,
    /// `idle_replication_slot_timeout` in seconds; absent before PostgreSQL 18.
    pub idle_replication_slot_timeout: Option<i64>,
    /// `max_active_replication_origins`; absent before PostgreSQL 18.
    pub max_active_replication_origins: Option<i64>,
    /// `synchronous_standby_names`.
    pub synchronous_standby_names: String,
}

/// What is in use, our own run's things left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// Replication slots.
    pub replication_slots: i64,
    /// WAL senders.
    pub wal_senders: i64,
    /// Workers of logical replication, the launcher left out.
    pub logical_workers: i64,
    /// Background workers that stay: parallel workers of queries left out.
    pub worker_processes: i64,
    /// Replication origins that hold a position.
    pub origins: i64,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Whether it is a superuser.
    pub superuser: bool,
}

/// One database of a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Database {
    /// Its name.
    pub name: String,
    /// Its owner.
    pub owner: String,
    /// `datallowconn`.
    pub allows_connections: bool,
    /// Encoding, such as `UTF8`.
    pub encoding: String,
    /// `datcollate`.
    pub collate: String,
    /// `datctype`.
    pub ctype: String,
    /// `libc`, `icu` or `builtin`.
    pub provider: String,
    /// ICU or builtin locale.
    pub locale: Option<String>,
    /// Version of the collation library that the database was made with.
    pub collation_version: Option<String>,
    /// Size in bytes.
    pub bytes: i64,
}

/// A database that stays behind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OtherDatabase {
    /// Its name.
    pub name: String,
    /// Clients are connected to it, ours left out.
    pub sessions: bool,
    /// Users have tables in it.
    pub tables: Fact<bool>,
}

/// A prepared transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Prepared {
    /// Its global identifier.
    pub gid: String,
    /// Its database.
    pub database: String,
    /// Its owner.
    pub owner: String,
    /// When it was prepared, in UTC.
    pub since: String,
}

/// An open transaction of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Transaction {
    /// Process of the server.
    pub pid: i32,
    /// Role.
    pub user: String,
    /// Database.
    pub database: String,
    /// `application_name`.
    pub application: String,
    /// State, such as `idle in transaction`.
    pub state: String,
    /// When it began, in UTC: in messages, so that they stay the same while it lasts.
    pub since: String,
    /// Seconds since then.
    pub age_seconds: i64,
    /// It has a transaction id: it wrote.
    pub writes: bool,
}

/// A replication slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Slot {
    /// Its name.
    pub name: String,
    /// Its database; absent for physical slots.
    pub database: Option<String>,
    /// Whether somebody is connected to it.
    pub active: bool,
}

/// A subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    /// Its name.
    pub name: String,
    /// Database it writes into.
    pub database: String,
    /// Whether it is enabled.
    pub enabled: bool,
}
