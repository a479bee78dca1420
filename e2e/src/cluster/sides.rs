//! What each side must be, asked of the side itself: open or closed, and what a run left there.
use std::time::Duration;

use anyhow::{Result, bail, ensure};

use crate::pg::{Target, told};

/// What a run left in a server, in words; empty where nothing is left.
///
/// # Errors
/// The server cannot be asked.
pub async fn traces(side: &Target) -> Result<Vec<String>> {
    let session = side.session().await?;
    let rows = session.query(include_str!("sql/traces.sql"), &[]).await.map_err(told)?;
    Ok(rows.into_iter().map(|row| row.get(0)).collect())
}

/// Waits until nothing of a run is left but what `allowed` says.
///
/// # Errors
/// Something is left at the deadline; it is named.
pub async fn without_traces(side: &Target, allowed: &[&str], deadline: Duration) -> Result<()> {
    let end = tokio::time::Instant::now() + deadline;
    loop {
        let mut left = traces(side).await?;
        left.retain(|trace| !allowed.iter().any(|word| trace.starts_with(word)));
        if left.is_empty() {
            return Ok(());
        }
        ensure!(tokio::time::Instant::now() < end, "left on {}: {}", side.place(), left.join(", "));
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

/// A side that does not write refuses a client's write by itself, with 25006, whatever the Service selects.
///
/// # Errors
/// It takes the write, or refuses it for another reason.
pub async fn must_be_closed(side: &Target) -> Result<()> {
    let client = side.connect("e2e/closed").await.map_err(told)?;
    // New sessions there are read-only too; what must refuse is the gate.
    let write = "BEGIN READ WRITE; SET LOCAL statement_timeout = '30s'; INSERT INTO shop.journal (client, seq, what) VALUES (-2, 0, 'stray'); COMMIT";
    match client.batch_execute(write).await {
        Ok(()) => bail!("{} took a write although it is not the writer", side.place()),
        Err(error) => {
            let state = error.code().map(|code| code.code().to_owned()).unwrap_or_default();
            ensure!(
                state == "25006",
                "{} refuses writes with {state} instead of 25006: {:#}",
                side.place(),
                told(error)
            );
            Ok(())
        }
    }
}

/// The writer takes a client's write; it is taken back.
///
/// # Errors
/// It refuses the write.
pub async fn must_be_open(side: &Target) -> Result<()> {
    let client = side.connect("e2e/open").await.map_err(told)?;
    let write = "BEGIN; INSERT INTO shop.journal (client, seq, what) VALUES (-2, 0, 'open?'); ROLLBACK";
    client.batch_execute(write).await.map_err(told)
}
