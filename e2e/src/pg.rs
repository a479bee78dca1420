//! Connections to PostgreSQL as a client makes them. Nothing here knows of blue, green or Kubernetes.
use std::time::Duration;

use anyhow::{Context, Result};
use tokio_postgres::{Client, Config, NoTls};

/// Where a database is and who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Address or DNS name; resolved anew for every connection.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Role.
    pub user: String,
    /// Its password.
    pub password: String,
    /// Database.
    pub database: String,
}

impl Target {
    /// The same server and role, another database.
    #[must_use]
    pub fn database(&self, name: &str) -> Self {
        Self { database: name.into(), ..self.clone() }
    }

    /// The same server and database, another role.
    #[must_use]
    pub fn role(&self, user: &str, password: &str) -> Self {
        Self { user: user.into(), password: password.into(), ..self.clone() }
    }

    /// A new connection; its IO runs on a task of its own that ends with the connection.
    ///
    /// # Errors
    /// What libpq would say: no route, refused, wrong password, too many clients.
    pub async fn connect(&self, application: &str) -> Result<Client, tokio_postgres::Error> {
        let (client, connection) = Config::new()
            .host(&self.host)
            .port(self.port)
            .user(&self.user)
            .password(&self.password)
            .dbname(&self.database)
            .application_name(application)
            .connect_timeout(Duration::from_secs(2))
            .tcp_user_timeout(Duration::from_secs(10))
            .connect(NoTls)
            .await?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// Runs statements that return nothing, as a session of the harness.
    ///
    /// # Errors
    /// The first statement that fails, with the server's message.
    pub async fn run(&self, sql: &str) -> Result<()> {
        let client = self.session().await?;
        client.batch_execute(sql).await.map_err(told).with_context(|| first_line(sql))
    }

    /// The single value of a query as text; `None` for no row or NULL.
    ///
    /// # Errors
    /// The query fails.
    pub async fn value(&self, sql: &str) -> Result<Option<String>> {
        let client = self.session().await?;
        let rows = client.simple_query(sql).await.map_err(told).with_context(|| first_line(sql))?;
        Ok(rows.iter().find_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        }))
    }

    /// A connection for checks: text forms that do not depend on the server's settings.
    ///
    /// # Errors
    /// As [`Self::connect`], with the place named.
    pub async fn session(&self) -> Result<Client> {
        let client =
            self.connect("e2e").await.map_err(told).with_context(|| format!("connecting to {}", self.place()))?;
        client
            .batch_execute(
                "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; SET extra_float_digits = 1;
                 SET bytea_output = 'hex'; SET search_path = pg_catalog; SET row_security = off; SET statement_timeout = '300s'",
            )
            .await
            .map_err(told)?;
        Ok(client)
    }

    /// `user@host:port/database`, without the password.
    pub fn place(&self) -> String {
        format!("{}@{}:{}/{}", self.user, self.host, self.port, self.database)
    }
}

/// The server's own words instead of tokio-postgres' "db error".
pub fn told(error: tokio_postgres::Error) -> anyhow::Error {
    match error.as_db_error() {
        Some(db) => {
            let place = db.where_().map(|w| format!(" ({w})")).unwrap_or_default();
            anyhow::anyhow!("{} {}: {}{place}", db.severity(), db.code().code(), db.message())
        }
        None => error.into(),
    }
}

/// SQLSTATE of an error, or a word for what is no answer of a server.
pub fn code(error: &tokio_postgres::Error) -> String {
    match error.code() {
        Some(state) => state.code().to_owned(),
        None if error.is_closed() => "closed".into(),
        None => "connection".into(),
    }
}

fn first_line(sql: &str) -> String {
    sql.trim().lines().next().unwrap_or_default().chars().take(100).collect()
}
