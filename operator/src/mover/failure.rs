//! Why a step does not go on, kept where users' tools can read it: on green, or on blue while green has no records.
use verdigris_core::fact::Problem;
use verdigris_crds::Side;

use super::error::Error;
use super::session;
use super::settings::Settings;
use tokio_postgres::Client;

/// Where failures of the run are kept: green once it holds our records, else blue.
async fn home(settings: &Settings) -> Option<Client> {
    for side in [Side::Green, Side::Blue] {
        if let Ok(client) = session::open(settings, side).await
            && let Ok(row) = session::one(
                &client,
                "looking for records",
                "SELECT pg_catalog.to_regclass('verdigris.failure') IS NOT NULL",
                &[],
            )
            .await
            && row.try_get(0).unwrap_or(false)
        {
            return Some(client);
        }
    }
    None
}

/// Records an error of `step`: reason and message for everybody, the server's words in `verdigris.note`. Best effort: where
/// neither side can be reached the exit status is what is left.
pub async fn record(settings: &Settings, step: &str, error: &Error) {
    let problem = error.problem();
    tracing::error!(step, reason = problem.reason, transient = problem.transient, "{}", problem.message);
    let Some(client) = home(settings).await else { return };
    if let Err(lost) = write(&client, step, &problem).await {
        tracing::warn!("the failure could not be recorded: {lost}");
    }
    if let Some(words) = error.words() {
        note(&client, step, &words).await;
    }
}

/// Records a problem on this side.
pub async fn write(client: &Client, step: &str, problem: &Problem) -> Result<(), Error> {
    let sql = include_str!("sql/failure_write.sql");
    session::execute(
        client,
        "recording a failure",
        sql,
        &[&step, &problem.reason, &problem.message, &problem.transient],
    )
    .await?;
    Ok(())
}

/// Keeps what a server said inside the database.
pub async fn note(client: &Client, step: &str, words: &str) {
    if let Err(lost) =
        session::execute(client, "writing a note", include_str!("sql/note_write.sql"), &[&step, &words]).await
    {
        tracing::warn!("a note could not be written: {lost}");
    }
}

/// The failure of `step` on this side that counts, if there is one. Needs our records.
pub async fn read(client: &Client, step: &str) -> Result<Option<Problem>, Error> {
    let rows = session::all(client, "reading failures", include_str!("sql/failure_read.sql"), &[&step]).await?;
    rows.first()
        .map(|row| {
            Ok(Problem {
                reason: session::column(row, "reason")?,
                message: session::column(row, "message")?,
                transient: session::column(row, "transient")?,
            })
        })
        .transpose()
}

/// Whether a lasting failure of `step` is recorded: movers then leave at once. To try again, delete the row.
pub async fn lasting(settings: &Settings, step: &str) -> Result<bool, Error> {
    match home(settings).await {
        Some(client) => Ok(read(&client, step).await?.is_some_and(|problem| !problem.transient)),
        None => Ok(false),
    }
}

/// Forgets what had been in the way of `step`.
pub async fn forget(client: &Client, step: &str) -> Result<(), Error> {
    session::execute(client, "forgetting failures", "DELETE FROM verdigris.failure WHERE step = $1", &[&step]).await?;
    Ok(())
}
