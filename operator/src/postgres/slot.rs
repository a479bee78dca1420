//! Slots: made when nobody waits, dropped when nobody reads. Names carry the turn, so a late command hits nothing.
use std::time::Duration;

use tokio::time::{Instant, sleep};
use verdigris_core::record::Epoch;

use super::connect::Session;
use super::error::{Error, Reason, Result};

/// Whether a slot of that name is there.
pub async fn has_slot(publisher: &Session, stream: &str) -> Result<bool> {
    let row = publisher.one(include_str!("sql/stream/has_slot.sql"), &[&stream]).await?;
    publisher.get(&row, 0)
}

/// Drops every slot whose name begins so.
pub async fn drop_all(publisher: &Session, epoch: Epoch, prefix: &str, limit: Duration) -> Result<()> {
    for row in publisher.rows(include_str!("sql/recovery/slots.sql"), &[&prefix]).await? {
        drop_slot(publisher, epoch, &publisher.get::<String>(&row, 0)?, limit).await?;
    }
    Ok(())
}

/// Drops a slot; whoever reads from it is ended first. Does nothing if it is not there.
pub async fn drop_slot(publisher: &Session, epoch: Epoch, stream: &str, limit: Duration) -> Result<()> {
    let until = Instant::now() + limit;
    while has_slot(publisher, stream).await? {
        publisher.rows(include_str!("sql/stream/slot_holder.sql"), &[&stream, &epoch.number, &epoch.holder]).await?;
        match publisher.rows(include_str!("sql/stream/drop_slot.sql"), &[&stream, &epoch.number, &epoch.holder]).await {
            Ok(_) => {}
            // Somebody took it between the look and the drop, or it is gone: look again.
            Err(error) if matches!(error.reason, Reason::WrongState | Reason::ObjectMissing) => {}
            Err(error) => return Err(error),
        }
        if Instant::now() > until {
            let what = format!("slot {stream} cannot be dropped: somebody reads from it, or the epoch is stale");
            return Err(Error::condition(&publisher.place(), Reason::WrongState, what));
        }
        sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}
