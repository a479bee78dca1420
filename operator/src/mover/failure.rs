//! Why a step does not go on, kept where it can be read: on green; of a clone also on blue, while green has no records or no
//! room; and in the termination message of the pod, which needs no database.
use std::io::Write as _;

use verdigris_core::fact::Problem;
use verdigris_crds::Side;

use super::error::Error;
use super::session;
use super::settings::Settings;
use tokio_postgres::Client;

/// Most characters of a termination message: Kubernetes keeps 4 KiB.
const TOLD: usize = 900;

/// Where failures of a step are looked for. Of a clone on blue too: green may not be there yet, or have no room for a row. All
/// later ones belong to green: what it cannot take is tried again.
fn homes(step: &str) -> &'static [Side] {
    if step == super::clone::STEP { &[Side::Green, Side::Blue] } else { &[Side::Green] }
}

/// A session on a side that holds our records.
async fn home(settings: &Settings, side: Side) -> Option<Client> {
    let client = session::open(settings, side).await.ok()?;
    let sql = "SELECT pg_catalog.to_regclass('verdigris.failure') IS NOT NULL";
    let row = session::one(&client, "looking for records", sql, &[]).await.ok()?;
    row.try_get(0).unwrap_or(false).then_some(client)
}

/// What an error of `step` means for the mover: a lasting failure that is recorded ends it in peace, for another try would
/// end the same way. Anything else is an error, so that Kubernetes starts another mover after a pause.
///
/// # Errors
/// The error, where another mover shall try.
pub async fn settle(settings: &Settings, step: &str, error: Error) -> Result<(), Error> {
    let recorded = record(settings, step, &error).await;
    if recorded && !error.problem().transient { Ok(()) } else { Err(error) }
}

/// Records an error of `step`: reason and message for everybody, the server's words in `verdigris.note`. False where no side
/// took it: the pod's termination message is what is left.
async fn record(settings: &Settings, step: &str, error: &Error) -> bool {
    let problem = error.problem();
    tracing::error!(step, reason = problem.reason, transient = problem.transient, "{}", problem.message);
    terminate(settings, &problem);
    for side in homes(step) {
        let Some(client) = home(settings, *side).await else { continue };
        match write(&client, step, &problem).await {
            Ok(()) => {
                if let Some(words) = error.words() {
                    note(&client, step, &words).await;
                }
                return true;
            }
            Err(lost) => tracing::warn!("the failure could not be recorded on {side}: {lost}"),
        }
    }
    false
}

/// Reason and remedy for the pod's status: no address, no secret, no row content (I10). Kubernetes made the file.
fn terminate(settings: &Settings, problem: &Problem) {
    let Some(path) = &settings.termination_message else { return };
    let text = serde_json::json!({
        "reason": problem.reason,
        "message": verdigris_crds::clip(&problem.message, TOLD),
        "transient": problem.transient,
    });
    let file = std::fs::OpenOptions::new().write(true).truncate(true).open(path);
    if let Err(lost) = file.and_then(|mut file| file.write_all(text.to_string().as_bytes())) {
        tracing::warn!("the termination message could not be written: {lost}");
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

/// Whether a lasting failure of `step` is recorded on a side: movers then leave at once. To try again, delete the row.
pub async fn lasting(settings: &Settings, step: &str) -> Result<bool, Error> {
    for side in homes(step) {
        let Some(client) = home(settings, *side).await else { continue };
        if read(&client, step).await?.is_some_and(|problem| !problem.transient) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Forgets what had been in the way of `step`.
pub async fn forget(client: &Client, step: &str) -> Result<(), Error> {
    session::execute(client, "forgetting failures", "DELETE FROM verdigris.failure WHERE step = $1", &[&step]).await?;
    Ok(())
}
