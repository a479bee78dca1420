//! Does one server reach the other, as its subscription will? The subscription is made, so that the server really connects
//! (host name, pg_hba.conf, network policies, rights), and rolled back: nothing is left on either side.
use std::time::Duration;

use tokio_postgres::Client;
use verdigris_core::{
    fact::{Fact, Problem},
    preflight::{Attempt, Outcome},
};

use crate::postgres::{connect::Target, sql::Sql};

/// Longest wait; a little more than the server's own `statement_timeout`.
const DEADLINE: Duration = Duration::from_secs(20);
const SQL: &str = include_str!("sql/connect.sql");

/// Lets the server of `client` (a superuser's session in the database that moves, outside a transaction) connect to `to`.
/// `run` becomes part of the subscription's name, which no other session ever sees.
pub async fn attempt(client: &Client, run: &str, to: &Target) -> Fact<Attempt> {
    let outcome = match tokio::time::timeout(DEADLINE, subscribe(client, run, to)).await {
        Ok(Ok(())) => Fact::Known(Outcome::Connected),
        Ok(Err(error)) => {
            let cleared = tokio::time::timeout(DEADLINE, client.batch_execute("ROLLBACK")).await;
            if matches!(cleared, Ok(Ok(()))) { judge(&error) } else { lost() }
        }
        Err(_) => lost(),
    };
    match outcome {
        Fact::Known(outcome) => Fact::Known(Attempt { target: format!("{}:{}", to.host, to.port), outcome }),
        Fact::Unknown(problem) => Fact::Unknown(problem),
    }
}

fn lost<T>() -> Fact<T> {
    Fact::Unknown(Problem::transient("ReplyLost", "the session ended while the other server was tried"))
}

/// The settings must be in force before the statement with the password arrives: it comes in a message of its own.
async fn subscribe(client: &Client, run: &str, to: &Target) -> Result<(), tokio_postgres::Error> {
    let (settings, statement) = SQL.split_at(SQL.find("CREATE SUBSCRIPTION").unwrap_or(SQL.len()));
    let (statement, rollback) = statement.split_at(statement.find("ROLLBACK").unwrap_or(statement.len()));
    client.batch_execute(settings).await?;
    let name = format!("verdigris_{run}_probe");
    let statement = Sql::new(statement).text("name", name).text("conninfo", conninfo(run, to)).render();
    client.batch_execute(&statement).await?;
    client.batch_execute(rollback).await
}

fn conninfo(run: &str, to: &Target) -> String {
    let quote = |value: &str| format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"));
    format!(
        "host={} port={} dbname={} user={} password={} application_name={} connect_timeout=5",
        quote(&to.host),
        to.port,
        quote(&to.database),
        quote(&to.user),
        quote(to.password.expose()),
        quote(&format!("verdigris/{run}/0/preflight"))
    )
}

/// What the server said about its own connection. Its words come from libpq and the other server's log-in; they hold no row
/// content, but addresses and role names: only the kind is kept.
fn judge(error: &tokio_postgres::Error) -> Fact<Outcome> {
    let Some(db) = error.as_db_error() else { return lost() };
    let state = db.code().code();
    let words = db.message();
    let kinds = [
        ("could not translate host name", Outcome::NameUnknown),
        ("Name or service not known", Outcome::NameUnknown),
        ("Connection refused", Outcome::Refused),
        ("timeout expired", Outcome::NoAnswer),
        ("timed out", Outcome::NoAnswer),
        ("No route to host", Outcome::NoAnswer),
        ("unreachable", Outcome::NoAnswer),
        ("pg_hba.conf", Outcome::HbaRejected),
        ("authentication failed", Outcome::PasswordRejected),
        ("no password supplied", Outcome::PasswordRejected),
        ("max_wal_senders", Outcome::Busy),
        ("too many", Outcome::Busy),
        ("remaining connection slots", Outcome::Busy),
        ("not permitted to log in", Outcome::PasswordRejected),
    ];
    match state {
        "57014" => Fact::Known(Outcome::NoAnswer),
        "08006" | "08001" | "08004" => {
            let kind = kinds.iter().find(|(part, _)| words.contains(part)).map(|(_, kind)| *kind);
            let missing = words.contains("database \"") && words.contains("does not exist");
            Fact::Known(kind.unwrap_or(if missing { Outcome::NoSuchDatabase } else { Outcome::Other }))
        }
        "42501" => Fact::Unknown(Problem::permanent("InsufficientPrivilege", "the role may not make a subscription")),
        _ => Fact::Unknown(Problem::permanent(
            "ServerError",
            format!("trying the other server was refused with SQLSTATE {state}"),
        )),
    }
}
