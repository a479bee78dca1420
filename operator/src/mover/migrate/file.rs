//! One file: in one transaction together with its entry in the history, or statement by statement where it asks for that. Then
//! each statement that is done is noted, and a file that failed goes on behind the last of them.
use sha2::{Digest, Sha256};
use tokio_postgres::Client;
use tokio_postgres::error::ErrorPosition;
use verdigris_core::statements::{self, Statement};

use super::plan::{Applied, Step};
use super::role::Migrator;
use crate::mover::error::{Doing, Error, brief};
use crate::mover::session;
use crate::mover::settings::Settings;

/// Tries of a file in a transaction that meets a lock timeout or a deadlock: green may be read at any time.
const TRIES: u32 = 5;

/// How a file failed.
pub struct Failed {
    /// Line of the file, where it is known.
    pub line: Option<i32>,
    /// SQLSTATE, or our own reason.
    pub code: String,
    /// Names of objects.
    pub object: Option<String>,
    /// What the server said: for `verdigris.note` alone.
    pub words: String,
}

/// Runs a file. The outer error: nobody knows, or the connection broke.
pub async fn run(
    settings: &Settings,
    migrator: &Migrator,
    step: &Step,
    past: Option<&Applied>,
) -> Result<Result<(), Failed>, Error> {
    let alone = statements::without_transaction(&step.sql);
    let all = match statements::split(&step.sql, !alone) {
        Ok(all) => all,
        Err(refusal) => {
            let line = i32::try_from(refusal.line()).ok();
            return Ok(Err(Failed { line, code: refusal.reason().into(), object: None, words: refusal.to_string() }));
        }
    };
    let begin = match done(&all, alone, past) {
        Ok(begin) => begin,
        Err(failed) => return Ok(Err(failed)),
    };
    for attempt in 1.. {
        let client = migrator.open(settings).await?;
        let outcome = execute(&client, step, &all, alone, begin).await?;
        let again =
            matches!(&outcome, Err(failed) if !alone && ["55P03", "40P01", "40001"].contains(&failed.code.as_str()));
        if !again || attempt == TRIES {
            return Ok(outcome);
        }
    }
    Ok(Ok(()))
}

/// How many statements were done before. What was done cannot be undone, so it must stand in the file as it did.
fn done(all: &[Statement<'_>], alone: bool, past: Option<&Applied>) -> Result<usize, Failed> {
    let Some(past) = past.filter(|past| past.statements > 0) else { return Ok(0) };
    let same =
        alone && all.get(..past.statements).is_some_and(|before| Some(checksum(before)) == past.statements_checksum);
    if same {
        return Ok(past.statements);
    }
    let words = format!(
        "the first {} statements of this file are done and stay; put them back as they were, with the line `-- verdigris: no-transaction`, and change what follows",
        past.statements
    );
    Err(Failed { line: None, code: "DoneStatementsChanged".into(), object: None, words })
}

fn checksum(statements: &[Statement<'_>]) -> String {
    let mut hash = Sha256::new();
    for statement in statements {
        hash.update(statement.text.len().to_be_bytes());
        hash.update(statement.text);
    }
    format!("{:x}", hash.finalize())
}

/// Whether a statement sets something of its session, and so is said again in a new one.
fn of_session(statement: &Statement<'_>) -> bool {
    let word = statement.text.split_whitespace().next().unwrap_or_default();
    ["SET", "RESET"].iter().any(|known| word.eq_ignore_ascii_case(known))
}

async fn execute(
    client: &Client,
    step: &Step,
    all: &[Statement<'_>],
    alone: bool,
    begin: usize,
) -> Result<Result<(), Failed>, Error> {
    let timeouts = format!(
        "SET lock_timeout = '{}s'; SET statement_timeout = '{}s'",
        step.lock.as_secs(),
        step.statement.as_secs()
    );
    session::batch(client, "setting the migration's timeouts", &timeouts).await?;
    if !alone {
        session::batch(client, "beginning a migration", "BEGIN").await?;
    }
    for (number, statement) in (1..).zip(all) {
        if number <= begin && !of_session(statement) {
            continue;
        }
        if let Err(source) = client.batch_execute(statement.text).await {
            return failed(source, Some(statement), step);
        }
        if alone && number > begin {
            let (count, hash) = (i32::try_from(number).unwrap_or(i32::MAX), checksum(all.get(..number).unwrap_or(all)));
            if let Err(source) =
                client.execute("SELECT verdigris.advanced($1, $2, $3)", &[&step.seq, &count, &hash]).await
            {
                return failed(source, Some(statement), step);
            }
        }
    }
    let last = async {
        client.execute("SELECT verdigris.applied($1)", &[&step.seq]).await?;
        if alone { Ok(()) } else { client.batch_execute("COMMIT").await }
    };
    match last.await {
        Ok(()) => Ok(Ok(())),
        Err(source) => failed(source, None, step),
    }
}

/// A server's error is the file's failure; a broken connection is not.
fn failed(
    source: tokio_postgres::Error,
    statement: Option<&Statement<'_>>,
    step: &Step,
) -> Result<Result<(), Failed>, Error> {
    let Some(db) = source.as_db_error() else {
        return Err(source).doing(&format!("running {} of {}", step.file, step.name));
    };
    // The server or an administrator ended the session: that says nothing about the file.
    if db.code().code().starts_with("57P") {
        return Err(source).doing(&format!("running {} of {}", step.file, step.name));
    }
    let line = statement.map(|statement| match db.position() {
        Some(ErrorPosition::Original(position)) => {
            statements::line_of(statement, usize::try_from(*position).unwrap_or(1))
        }
        _ => statement.line,
    });
    let words =
        [Some(db.message()), db.detail(), db.hint(), db.where_()].into_iter().flatten().collect::<Vec<_>>().join("\n");
    let object = brief(&source).split_once(", ").map(|(_, names)| names.to_owned());
    Ok(Err(Failed {
        line: line.and_then(|line| i32::try_from(line).ok()),
        code: db.code().code().into(),
        object,
        words,
    }))
}
