//! Sessions: how they are opened, named and bounded. Every call has a deadline on our side too; when it passes the session
//! is closed, for nobody knows what its next answer would belong to.
use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, NoTls, Row, Statement};
use verdigris_core::names::Names;
use verdigris_crds::Side;

use super::error::{Error, Place, Reason, Result};
pub use super::password::Secret;

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// A database and how to reach it.
#[derive(Clone, Debug)]
pub struct Target {
    /// Side of the migration.
    pub side: Side,
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Database.
    pub database: String,
    /// Role.
    pub user: String,
    /// Its password.
    pub password: Secret,
}

impl Target {
    /// Where that is, for messages.
    pub fn place(&self) -> Place {
        Place { side: self.side, host: self.host.clone(), port: self.port, database: self.database.clone() }
    }

    /// The same server, another database.
    #[must_use]
    pub fn with_database(&self, database: &str) -> Self {
        Self { database: database.to_owned(), ..self.clone() }
    }

    /// Settings of a connection.
    pub(crate) fn config(&self) -> Config {
        let mut config = Config::new();
        config.host(&self.host).port(self.port).dbname(&self.database).user(&self.user);
        config.password(self.password.expose()).connect_timeout(CONNECT);
        config.keepalives(true).keepalives_idle(Duration::from_secs(5));
        config.keepalives_interval(Duration::from_secs(2)).keepalives_retries(3);
        config.tcp_user_timeout(Duration::from_secs(15));
        config
    }
}

/// What a session is for: its name, its settings and its bounds.
#[derive(Clone, Debug)]
pub struct Purpose {
    application: String,
    settings: Vec<(&'static str, String)>,
    deadline: Duration,
}

impl Purpose {
    /// Our own sessions: not drained, not fenced, not seen by users' triggers; `limit` bounds every statement and every idle
    /// transaction on the server, a little less than that every lock, so that a lock is what is told, and a little more every
    /// call on our side.
    pub fn ours(names: &Names, epoch: i64, purpose: &str, limit: Duration) -> Self {
        let milliseconds = limit.as_millis().to_string();
        let lock = (limit.as_millis() * 4 / 5).to_string();
        let settings = vec![
            ("synchronous_commit", "on".to_owned()),
            ("default_transaction_read_only", "off".to_owned()),
            ("default_transaction_isolation", "read committed".to_owned()),
            ("session_replication_role", "replica".to_owned()),
            ("search_path", String::new()),
            ("statement_timeout", milliseconds.clone()),
            ("lock_timeout", lock),
            ("idle_in_transaction_session_timeout", milliseconds),
            ("verdigris.session", names.run().to_owned()),
        ];
        Self { application: names.application(epoch, purpose), settings, deadline: limit + Duration::from_secs(1) }
    }

    /// A plain session, for movers, users' checks and preflight: users' triggers see it, the gate stops it.
    pub fn plain(names: &Names, purpose: &str, limit: Duration) -> Self {
        Self {
            application: names.application(0, purpose),
            settings: vec![("statement_timeout", limit.as_millis().to_string())],
            deadline: limit + Duration::from_secs(1),
        }
    }

    /// One more setting of the session; the last one of a name counts.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.settings.push((name, value.into()));
        self
    }

    fn options(&self) -> String {
        let escape = |value: &str| value.replace('\\', "\\\\").replace(' ', "\\ ");
        let all = self.settings.iter().map(|(name, value)| format!("-c {name}={}", escape(value)));
        all.collect::<Vec<_>>().join(" ")
    }
}

/// An open session.
pub struct Session {
    client: Client,
    target: Target,
    deadline: Duration,
    connection: tokio::task::AbortHandle,
    statements: Mutex<HashMap<&'static str, Statement>>,
    /// Process on the server.
    pub pid: i32,
    /// Major version times 10,000, as `server_version_num`.
    pub version: i32,
}

impl Session {
    /// Connects.
    pub async fn open(target: &Target, purpose: &Purpose) -> Result<Self> {
        let place = target.place();
        let mut config = target.config();
        config.application_name(&purpose.application).options(purpose.options());
        let connecting = tokio::time::timeout(CONNECT, config.connect(NoTls)).await;
        let (client, connection) = connecting
            .map_err(|_| Error::condition(&place, Reason::ConnectTimeout, "cannot connect"))?
            .map_err(|error| Error::connecting(&place, &error))?;
        let task = tokio::spawn(async move {
            // How it ended is seen by whoever waits for an answer.
            let _ = connection.await;
        });
        let mut session = Self {
            client,
            target: target.clone(),
            deadline: purpose.deadline,
            connection: task.abort_handle(),
            statements: Mutex::default(),
            pid: 0,
            version: 0,
        };
        let row = session.one(include_str!("sql/session.sql"), &[]).await?;
        session.pid = session.get(&row, 0)?;
        session.version = session.get(&row, 1)?;
        Ok(session)
    }

    /// Where this is.
    pub fn place(&self) -> Place {
        self.target.place()
    }

    /// What it was opened for.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Side it belongs to.
    pub fn side(&self) -> Side {
        self.target.side
    }

    /// The client itself, for COPY and transactions. Calls made on it have no deadline but the server's.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Mutable, for `Client::transaction`.
    pub fn client_mut(&mut self) -> &mut Client {
        &mut self.client
    }

    /// Another deadline for the calls to come.
    pub fn set_deadline(&mut self, deadline: Duration) {
        self.deadline = deadline;
    }

    /// Bounds any call; past the deadline the session is closed and the outcome unknown.
    pub async fn bounded<T, F>(&self, what: &str, call: F) -> Result<T>
    where
        F: Future<Output = std::result::Result<T, tokio_postgres::Error>>,
    {
        if let Ok(answer) = tokio::time::timeout(self.deadline, call).await {
            return answer.map_err(|error| Error::call(&self.place(), what, &error));
        }
        self.connection.abort();
        Err(Error::timeout(&self.place(), what))
    }

    /// One message of one or more statements: one transaction, unless the statements say otherwise. `what` is for errors.
    pub async fn batch(&self, what: &str, sql: &str) -> Result<()> {
        self.bounded(what, self.client.batch_execute(sql)).await
    }

    /// Rows of one statement, prepared once a session.
    pub async fn rows(&self, sql: &'static str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>> {
        let what = title(sql);
        let known = self.statements.lock().await.get(sql).cloned();
        let statement = if let Some(statement) = known {
            statement
        } else {
            let statement = self.bounded(what, self.client.prepare(sql)).await?;
            self.statements.lock().await.insert(sql, statement.clone());
            statement
        };
        self.bounded(what, self.client.query(&statement, values)).await
    }

    /// The one row of a statement.
    pub async fn one(&self, sql: &'static str, values: &[&(dyn ToSql + Sync)]) -> Result<Row> {
        self.maybe(sql, values)
            .await?
            .ok_or_else(|| Error::condition(&self.place(), Reason::Unexpected, format!("no row: {}", title(sql))))
    }

    /// The first row of a statement, if there is one.
    pub async fn maybe(&self, sql: &'static str, values: &[&(dyn ToSql + Sync)]) -> Result<Option<Row>> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// A column of a row.
    pub fn get<'r, T: tokio_postgres::types::FromSql<'r>>(&self, row: &'r Row, column: usize) -> Result<T> {
        row.try_get(column)
            .map_err(|_| Error::condition(&self.place(), Reason::Unexpected, format!("column {column} of an answer")))
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session({}, pid {})", self.place(), self.pid)
    }
}

/// The comment on top of a file says what it does: that is what errors call it.
fn title(sql: &str) -> &str {
    sql.lines().next().and_then(|line| line.strip_prefix("-- ")).unwrap_or("query").trim_end_matches('.')
}
