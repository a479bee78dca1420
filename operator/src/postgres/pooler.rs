//! PgBouncer's admin console: which of its databases lead to ours, holding their clients, and letting them go on. It takes the simple
//! protocol alone, no options at the start of a session, and answers in text. A pause has no end of its own: who asks for one must see to
//! its end, whatever happens (<https://www.pgbouncer.org/usage.html#admin-console>).
use std::future::Future;
use std::time::Duration;

use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage, SimpleQueryRow, error::SqlState};
use verdigris_core::fact::Problem;
use verdigris_core::preflight::PooledDatabase;

use super::password::Secret;
use super::sql::identifier;

/// Longest wait for a connection, and for an answer that does not wait for clients.
const PATIENCE: Duration = Duration::from_secs(3);

/// How soon a pod that has gone silent is noticed on a session that waits: once a second it must say that it is there.
const SILENT: Duration = Duration::from_secs(1);

/// How one of its pods is reached, and as whom.
#[derive(Clone, Debug)]
pub struct Pod {
    /// It was told to end: it may answer no more.
    pub ending: bool,
    /// Name, for messages.
    pub name: String,
    /// Address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// One of its `admin_users`.
    pub user: String,
    /// The password.
    pub password: Secret,
}

impl Pod {
    /// Settings of a connection to its console.
    pub fn config(&self) -> Config {
        let mut config = Config::new();
        config.host(&self.host).port(self.port).user(&self.user).password(self.password.expose()).dbname("pgbouncer");
        config.application_name("verdigris").connect_timeout(PATIENCE).tcp_user_timeout(PATIENCE);
        config.keepalives(true).keepalives_idle(SILENT).keepalives_interval(SILENT).keepalives_retries(3);
        config
    }
}

/// Part of a pod's configuration.
pub struct Settings {
    /// Pool mode where a database names none.
    pub mode: String,
    /// Its `admin_users`: who is not one of them may look, and nothing else.
    pub admins: Vec<String>,
    /// `auth_type = any`: it asks nobody who they are.
    pub everybody: bool,
    /// `so_reuseport`: other processes may listen on its port, with consoles of their own.
    pub shares_port: bool,
}

/// A session on the console of one pod.
pub struct Console {
    client: Client,
    pod: String,
}

impl Console {
    /// Connects.
    ///
    /// # Errors
    /// `PoolerUnreachable`; permanent where the pooler does not take user or password.
    pub async fn open(pod: &Pod) -> Result<Self, Problem> {
        let config = pod.config();
        let text = |why: String| format!("The admin console of pooler pod {} cannot be reached: {why}.", pod.name);
        let unreachable = |why: String| Problem::transient("PoolerUnreachable", text(why));
        let (client, connection) = tokio::time::timeout(PATIENCE, config.connect(NoTls))
            .await
            .map_err(|_| unreachable("it does not answer".into()))?
            // Nobody is let in by trying again.
            .map_err(|error| match error.code() {
                Some(&SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION) => {
                    Problem::permanent("PoolerUnreachable", text(said(&error)))
                }
                _ => unreachable(said(&error)),
            })?;
        tokio::spawn(async move { drop(connection.await) });
        Ok(Self { client, pod: pod.name.clone() })
    }

    /// Its databases.
    ///
    /// # Errors
    /// `PoolerRefused`, `PoolerUnreachable`.
    pub async fn databases(&self) -> Result<Vec<PooledDatabase>, Problem> {
        let rows = self.rows("SHOW DATABASES").await?;
        let text = |row: &SimpleQueryRow, column: &str| column_of(row, column).unwrap_or_default();
        let one = |row: &SimpleQueryRow| PooledDatabase {
            name: text(row, "name"),
            host: text(row, "host"),
            database: text(row, "database"),
            mode: column_of(row, "pool_mode"),
            paused: column_of(row, "paused").is_some_and(|paused| paused != "0"),
        };
        Ok(rows.iter().map(one).collect())
    }

    /// What its configuration says.
    ///
    /// # Errors
    /// `PoolerRefused`, `PoolerUnreachable`.
    pub async fn settings(&self) -> Result<Settings, Problem> {
        let rows = self.rows("SHOW CONFIG").await?;
        let of = |name: &str| {
            let row = rows.iter().find(|row| column_of(row, "key").as_deref() == Some(name))?;
            column_of(row, "value").filter(|value| !value.is_empty())
        };
        let admins = of("admin_users").unwrap_or_default();
        Ok(Settings {
            mode: of("pool_mode").unwrap_or_else(|| "session".into()),
            admins: admins.split([',', ' ']).filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            shares_port: of("so_reuseport").is_some_and(|set| set != "0"),
            everybody: of("auth_type").as_deref() == Some("any"),
        })
    }

    /// Server processes with which a client of these databases is in a transaction, or in a session.
    ///
    /// # Errors
    /// `PoolerRefused`, `PoolerUnreachable`.
    pub async fn busy(&self, databases: &[String]) -> Result<Vec<i32>, Problem> {
        let rows = self.rows("SHOW SERVERS").await?;
        let ours = rows.iter().filter(|row| {
            let active = column_of(row, "state").as_deref() == Some("active");
            active && column_of(row, "database").is_some_and(|name| databases.contains(&name))
        });
        Ok(ours.filter_map(|row| column_of(row, "remote_pid")?.parse().ok()).collect())
    }

    /// Holds the clients of a database; returns when none of its connections to a server is left. Past `limit` it goes on holding.
    ///
    /// # Errors
    /// `PoolerTooSlow`, `PoolerRefused`.
    pub async fn pause(&self, name: &str, limit: Duration) -> Result<(), Problem> {
        self.say(&format!("PAUSE {}", identifier(name)), limit).await.map(drop)
    }

    /// Lets them go on. One that holds none is fine.
    ///
    /// # Errors
    /// `PoolerTooSlow`, `PoolerRefused`.
    pub async fn resume(&self, name: &str) -> Result<(), Problem> {
        match self.say(&format!("RESUME {}", identifier(name)), PATIENCE).await {
            Err(problem) if problem.message.contains("is not paused") => Ok(()),
            other => other.map(drop),
        }
    }

    async fn rows(&self, what: &str) -> Result<Vec<SimpleQueryRow>, Problem> {
        // Nothing keeps a console from answering a question: one that does not is as good as not there.
        let answer = self.say(what, PATIENCE).await.map_err(|problem| match problem.reason.as_str() {
            "PoolerTooSlow" => Problem::transient("PoolerUnreachable", problem.message),
            _ => problem,
        })?;
        let row = |message| if let SimpleQueryMessage::Row(row) = message { Some(row) } else { None };
        Ok(answer.into_iter().filter_map(row).collect())
    }

    async fn say(&self, what: &str, limit: Duration) -> Result<Vec<SimpleQueryMessage>, Problem> {
        let pod = &self.pod;
        let asked: Result<_, _> = within(limit, self.client.simple_query(what)).await.ok_or_else(|| {
            Problem::transient(
                "PoolerTooSlow",
                format!("Pooler pod {pod} did not do {what} within {} ms.", limit.as_millis()),
            )
        })?;
        asked.map_err(|error| match error.as_db_error() {
            Some(_) => {
                Problem::transient("PoolerRefused", format!("Pooler pod {pod} refuses {what}: {}.", said(&error)))
            }
            None => Problem::transient(
                "PoolerUnreachable",
                format!("Pooler pod {pod} did not answer to {what}: {}.", said(&error)),
            ),
        })
    }
}

fn column_of(row: &SimpleQueryRow, name: &str) -> Option<String> {
    row.try_get(name).ok().flatten().map(str::to_owned)
}

async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(limit, work).await.ok()
}

/// The console's own words: it has no rows, so there is nothing in them that must not be told.
fn said(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |db| db.message().to_owned())
}
