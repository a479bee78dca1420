//! What is waited for: a run that can be asked to switch, and one that rests after a fault.
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::Fault;
use crate::cluster::{LONG, Migration, Seen};

/// A switchover under a fault, to its end: the longest outage, a Lease that runs out, and the pauses between attempts.
const REST: Duration = Duration::from_secs(150);

/// What the status says that nothing is done for, as long as no human acts.
const ASKS: [&str; 4] = ["NotApproved", "DigestMismatch", "WriterIsBlue", "Suspended"];

/// Where a switchover leads.
pub(super) fn goal(back: bool) -> &'static str {
    if back { "RolledBack" } else { "RollbackWindow" }
}

/// Whether the writer goes back next: green has it.
pub(super) fn is_back(seen: &Seen) -> bool {
    seen.is("BlueClosed", "True")
}

/// Whether the status is of the object as it is now.
fn present(seen: &Seen) -> bool {
    let generation = seen.object.as_ref().and_then(|object| object.metadata.generation);
    generation.is_some() && seen.status().observed_generation == generation
}

fn reason(seen: &Seen, kind: &str) -> String {
    seen.condition(kind).map(|(_, reason, _)| reason).unwrap_or_default()
}

/// Whether it waits for an approval.
pub(super) fn awaits_approval(seen: &Seen) -> bool {
    present(seen) && ["NotApproved", "DigestMismatch"].contains(&reason(seen, "Reconciling").as_str())
}

/// Approves every plan that waits for it, until dropped.
pub(super) async fn approver(migration: &Migration) -> Result<()> {
    loop {
        let seen = migration.until("waiting for approval", LONG, awaits_approval).await?;
        let digest = seen.status().plan.and_then(|plan| plan.digest).context("no digest")?;
        migration.approve(&digest).await?;
    }
}

/// Whether the run has come to where it was asked to go, and has nothing left to do.
pub(super) fn arrived(seen: &Seen, back: bool) -> bool {
    seen.phase() == goal(back) && present(seen) && seen.is("Reconciling", "False") && !seen.is("Stalled", "True")
}

/// Whether it waits, with a reason, for the human who did that.
fn waits(seen: &Seen, fault: Fault, back: bool) -> bool {
    if !present(seen) {
        return false;
    }
    let asks = ASKS.contains(&reason(seen, "Reconciling").as_str());
    match fault {
        // In the window both are told by the condition that nothing is to be done.
        Fault::Suspended | Fault::WishTakenBack if back => {
            seen.phase() == "RollbackWindow" && seen.is("Reconciling", "False")
        }
        Fault::Suspended | Fault::WishTakenBack => asks,
        Fault::SelectorMoved => seen.is("Stalled", "True") && reason(seen, "Stalled") == "SelectorContested",
        _ => false,
    }
}

/// Whether the run has ended, or waits for a human and says for what. What passes by itself is no rest.
pub(super) fn rests(seen: &Seen, fault: Fault, back: bool) -> bool {
    seen.object.is_none() || arrived(seen, back) || seen.phase() == "Failed" || waits(seen, fault, back)
}

/// Waits until the run rests. A word for where.
pub(super) async fn rest(migration: &Migration, fault: Fault, back: bool) -> Result<String> {
    let seen = migration.until("at rest", REST, |seen| rests(seen, fault, back)).await?;
    if seen.object.is_none() {
        return Ok("gone".into());
    }
    ensure!(seen.phase() != "Failed", "the run failed: {:?}", seen.status().conditions);
    if arrived(&seen, back) {
        return Ok(goal(back).into());
    }
    let stalled = seen.is("Stalled", "True");
    let why = if stalled { reason(&seen, "Stalled") } else { reason(&seen, "Reconciling") };
    // The window says in general that nothing is to be done; what it waits for is the wish that was just given.
    Ok(format!("put back: {}", if why == "WindowOpen" { fault.as_str() } else { &why }))
}
