//! One question to a server: a file of SQL whose rows are JSON, asked in a read-only transaction of its own.
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio_postgres::{Client, SimpleQueryMessage};
use verdigris_core::fact::{Fact, Problem};

/// Longest wait for one answer; a little more than the server's own `statement_timeout`.
const DEADLINE: Duration = Duration::from_secs(20);

/// Before every question.
const BEGIN: &str = "BEGIN READ ONLY; SET LOCAL statement_timeout = '15s'; SET LOCAL lock_timeout = '2s'; \
    SET LOCAL search_path = ''; SET LOCAL client_min_messages = 'error';";

/// All rows.
pub(super) async fn rows<T: DeserializeOwned>(client: &Client, name: &str, sql: &str) -> Fact<Vec<T>> {
    match ask(client, name, sql).await {
        Ok(rows) => Fact::Known(rows),
        Err(problem) => Fact::Unknown(problem),
    }
}

/// The only row.
pub(super) async fn row<T: DeserializeOwned>(client: &Client, name: &str, sql: &str) -> Fact<T> {
    match ask(client, name, sql).await.map(|rows: Vec<T>| rows.into_iter().next()) {
        Ok(Some(row)) => Fact::Known(row),
        Ok(None) => Fact::Unknown(Problem::permanent("Unexpected", format!("the query {name} returned no row"))),
        Err(problem) => Fact::Unknown(problem),
    }
}

/// The rows of one question.
///
/// # Errors
/// With the SQLSTATE, never with the server's words: those can hold row content (I10).
pub(super) async fn ask<T: DeserializeOwned>(client: &Client, name: &str, sql: &str) -> Result<Vec<T>, Problem> {
    let text = format!("{BEGIN}\n{sql}\nROLLBACK;");
    let answer = match tokio::time::timeout(DEADLINE, client.simple_query(&text)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => {
            let _ = tokio::time::timeout(DEADLINE, client.batch_execute("ROLLBACK")).await;
            return Err(refused(name, &error));
        }
        Err(_) => {
            return Err(Problem::transient("ClientTimeout", format!("the query {name} was not answered in time")));
        }
    };
    let mut rows = Vec::new();
    for message in answer {
        if let SimpleQueryMessage::Row(row) = message {
            let text = row.try_get(0).ok().flatten().unwrap_or("null");
            let value = serde_json::from_str(text).map_err(|_| {
                Problem::permanent(
                    "Unexpected",
                    format!("the answer to {name} has a form that this release does not know"),
                )
            })?;
            rows.push(value);
        }
    }
    Ok(rows)
}

fn refused(name: &str, error: &tokio_postgres::Error) -> Problem {
    let Some(db) = error.as_db_error() else {
        return Problem::transient("ReplyLost", format!("the connection ended before the query {name} was answered"));
    };
    let state = db.code().code();
    let message = format!("the query {name} was refused with SQLSTATE {state}");
    match state {
        "42501" => Problem::permanent("InsufficientPrivilege", format!("{message}: the role may not read that")),
        "57014" => Problem::transient("StatementTimeout", format!("{message}: it took too long")),
        "55P03" => Problem::transient("LockTimeout", format!("{message}: a lock was not granted in time")),
        "57P01" | "57P02" | "57P05" => Problem::transient("SessionEnded", format!("{message}: the session was ended")),
        _ => Problem::permanent("ServerError", message),
    }
}
