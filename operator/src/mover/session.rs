//! Sessions of a mover: direct, without timeouts, with text forms that are the same on every server.
use std::time::Duration;

use tokio_postgres::types::{FromSql, ToSql};
use tokio_postgres::{Client, Config, NoTls, Row};
use verdigris_crds::Side;

use super::error::{Doing, Error};
use super::settings::Settings;
use super::walsender;

/// How we connect to `database` of a side.
fn config(settings: &Settings, side: Side, database: &str) -> Config {
    let (host, port, user, password) = settings.login(side);
    let mut config = Config::new();
    config
        .host(host)
        .port(port)
        .user(user)
        .dbname(database)
        .application_name(settings.names().application(0, "mover"))
        .connect_timeout(Duration::from_secs(10))
        .keepalives_idle(Duration::from_secs(30))
        .keepalives_interval(Duration::from_secs(10));
    if !password.is_empty() {
        config.password(password);
    }
    config
}

/// A session in `database` of a side, ready for the mover's work.
pub async fn open_in(settings: &Settings, side: Side, database: &str) -> Result<Client, Error> {
    let doing = format!("connecting to {database} of {side}");
    let (client, connection) = config(settings, side, database).connect(NoTls).await.doing(&doing)?;
    // Ends when the client is dropped or the server goes away; the client's next call then says so.
    tokio::spawn(async move { drop(connection.await) });
    client.batch_execute(include_str!("sql/session.sql")).await.doing(&doing)?;
    set(&client, "verdigris.session", settings.names().run()).await?;
    Ok(client)
}

/// A session in the database that moves.
pub async fn open(settings: &Settings, side: Side) -> Result<Client, Error> {
    open_in(settings, side, &settings.database).await
}

/// A session on green that passes its gate.
pub async fn open_runner(settings: &Settings, token: &str) -> Result<Client, Error> {
    let client = open(settings, Side::Green).await?;
    quiet(&client).await?;
    set(&client, "verdigris.runner", token).await?;
    // The token is said. What is done from here on may take hours, and whoever looks after the server sees what.
    batch(&client, "showing what a session does", "RESET track_activities").await?;
    // A crash of green loses the work and its mark together; the end of the clone is committed synchronously.
    set(&client, "synchronous_commit", "off").await?;
    Ok(client)
}

/// From here on nothing that the session says can be read in the server's log, statistics or `pg_stat_activity`.
pub async fn quiet(client: &Client) -> Result<(), Error> {
    batch(client, "preparing a quiet session", crate::postgres::prepare::QUIET).await
}

/// A replication session on blue, proved to be one.
pub async fn open_walsender(settings: &Settings) -> Result<Client, Error> {
    let doing = "opening a replication session on Blue";
    let (host, port, _, _) = settings.login(Side::Blue);
    let socket = tokio::net::TcpStream::connect((host, port)).await.doing(doing)?;
    socket.set_nodelay(true).doing(doing)?;
    let (client, connection) = config(settings, Side::Blue, &settings.database)
        .connect_raw(walsender::Startup::new(socket), NoTls)
        .await
        .doing(doing)?;
    tokio::spawn(async move { drop(connection.await) });
    client.simple_query("IDENTIFY_SYSTEM").await.doing(doing)?;
    Ok(client)
}

/// Sets a parameter for the rest of the session.
pub async fn set(client: &Client, name: &str, value: &str) -> Result<(), Error> {
    client
        .query_one("SELECT pg_catalog.set_config($1, $2, false)", &[&name, &value])
        .await
        .doing(&format!("setting {name}"))?;
    Ok(())
}

/// One row.
pub async fn one(client: &Client, doing: &str, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Row, Error> {
    client.query_one(sql, params).await.doing(doing)
}

/// All rows.
pub async fn all(client: &Client, doing: &str, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, Error> {
    client.query(sql, params).await.doing(doing)
}

/// No rows; how many were changed.
pub async fn execute(client: &Client, doing: &str, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<u64, Error> {
    client.execute(sql, params).await.doing(doing)
}

/// Statements without parameters.
pub async fn batch(client: &Client, doing: &str, sql: &str) -> Result<(), Error> {
    client.batch_execute(sql).await.doing(doing)
}

/// A column of a row, by name.
pub fn column<'a, T: FromSql<'a>>(row: &'a Row, name: &str) -> Result<T, Error> {
    row.try_get(name).doing(&format!("reading column {name}"))
}
