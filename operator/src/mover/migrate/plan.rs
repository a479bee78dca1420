//! The plan that the operator mounted: which files, in which order, with which checksums and timeouts; and the history.
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use sha2::{Digest, Sha256};
use tokio_postgres::Client;

use crate::mover::error::{Doing, Error};
use crate::mover::session;

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    role: Option<String>,
    migrations: Vec<Migration>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Migration {
    name: String,
    files: Vec<File>,
    lock_timeout_seconds: u64,
    statement_timeout_seconds: u64,
}

#[derive(Deserialize)]
struct File {
    name: String,
    path: String,
    sha256: String,
}

/// All files in order.
pub struct Plan {
    /// Role that migrations act as; absent: owner of the database.
    pub role: Option<String>,
    /// Files.
    pub steps: Vec<Step>,
}

/// One file.
pub struct Step {
    /// Place in the order.
    pub seq: i32,
    /// Name of the migration.
    pub name: String,
    /// Name of the file.
    pub file: String,
    /// SHA-256 of its text.
    pub checksum: String,
    /// Its text.
    pub sql: String,
    /// Longest wait for a lock.
    pub lock: Duration,
    /// Longest run of a statement.
    pub statement: Duration,
}

/// What the history says of one place.
pub struct Applied {
    /// Place in the order.
    pub seq: i32,
    name: String,
    file: String,
    checksum: String,
    /// Applied, and not just begun or failed.
    pub done: bool,
    /// Statements that a file without a transaction has done.
    pub statements: usize,
    /// Hash of their text.
    pub statements_checksum: Option<String>,
}

/// Reads `plan.json` and every file it names; a file that is not the one that was planned is not run.
pub async fn read(folder: &Path) -> Result<Plan, Error> {
    let path = folder.join("plan.json");
    let text = tokio::fs::read_to_string(&path).await.doing(&format!("reading {}", path.display()))?;
    let document: Document = serde_json::from_str(&text).map_err(|e| {
        Error::permanent("PlanUnreadable", format!("{} is not a plan of this version: {e}", path.display()))
    })?;
    let mut steps: Vec<Step> = Vec::new();
    for migration in document.migrations {
        for file in migration.files {
            let sql = tokio::fs::read(folder.join(&file.path))
                .await
                .doing(&format!("reading {} of {}", file.name, migration.name))?;
            let found = format!("{:x}", Sha256::digest(&sql));
            if found != file.sha256.trim_start_matches("sha256:") {
                return Err(Error::transient(
                    "MigrationChanged",
                    format!(
                        "{} of {} is not the file that was planned; the operator plans again",
                        file.name, migration.name
                    ),
                ));
            }
            let sql = String::from_utf8(sql).map_err(|_| {
                Error::permanent(
                    "MigrationUnreadable",
                    format!("{} of {} is not UTF-8; save it as UTF-8", file.name, migration.name),
                )
            })?;
            steps.push(Step {
                seq: i32::try_from(steps.len()).unwrap_or(i32::MAX),
                name: migration.name.clone(),
                file: file.name,
                checksum: file.sha256,
                sql,
                lock: Duration::from_secs(migration.lock_timeout_seconds),
                statement: Duration::from_secs(migration.statement_timeout_seconds),
            });
        }
    }
    Ok(Plan { role: document.role, steps })
}

/// The history, in order.
pub async fn history(green: &Client) -> Result<Vec<Applied>, Error> {
    let rows =
        session::all(green, "reading the history of migrations", include_str!("../sql/history.sql"), &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(Applied {
                seq: session::column(row, "seq")?,
                name: session::column(row, "name")?,
                file: session::column(row, "file")?,
                checksum: session::column(row, "checksum")?,
                done: session::column::<&str>(row, "state")? == "Applied",
                statements: usize::try_from(session::column::<i32>(row, "statements")?).unwrap_or_default(),
                statements_checksum: session::column(row, "statements_checksum")?,
            })
        })
        .collect()
}

/// What is applied must stand in the plan, at its place and unchanged.
pub fn agrees(steps: &[Step], history: &[Applied]) -> Result<(), Error> {
    for past in history.iter().filter(|past| past.done) {
        let now = steps.iter().find(|step| step.seq == past.seq && step.name == past.name && step.file == past.file);
        match now {
            Some(step) if step.checksum == past.checksum => {}
            Some(_) => {
                return Err(Error::permanent(
                    "AppliedMigrationChanged",
                    format!(
                        "{} of {} is applied on green and was changed since; put it back, and add a new file for the change",
                        past.file, past.name
                    ),
                ));
            }
            None => {
                return Err(Error::permanent(
                    "AppliedMigrationMissing",
                    format!(
                        "{} of {} is applied on green and is no longer at its place in the plan; put it back",
                        past.file, past.name
                    ),
                ));
            }
        }
    }
    Ok(())
}
