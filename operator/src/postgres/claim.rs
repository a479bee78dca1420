//! Step 0a: a new epoch on both sides before anything is read for a decision. Blue first, so that two rivals cannot win
//! one side each. Whoever holds the record is ended; then all our sessions of older epochs are.
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;
use verdigris_core::names::Names;
use verdigris_core::record::Epoch;

use super::connect::{Purpose, Session};
use super::error::{Error, Reason, Result};
use super::state::require_run;

/// How long a record may be busy before its holder is ended.
const BUSY: Duration = Duration::from_millis(200);
/// How long all of it may take on one side.
const LIMIT: Duration = Duration::from_secs(10);

/// `epoch` of sessions that have none yet.
pub const UNCLAIMED: i64 = -1;

/// Takes the next epoch on the sides given, in the order given: blue before green. From then on steps of older epochs are
/// refused, and sessions that carry one are gone. Only one side: when the other cannot be reached, or is not there yet.
pub async fn claim(sides: &[&Session], names: &Names, holder: Uuid) -> Result<Epoch> {
    let mut number = 0;
    for session in sides {
        let none = || Error::condition(&session.place(), Reason::NoRecords, "cannot take an epoch");
        let row = match session.maybe(include_str!("sql/claim/highest.sql"), &[]).await {
            Err(error) if error.reason == Reason::ObjectMissing => return Err(none()),
            row => row?.ok_or_else(none)?,
        };
        require_run(session, names, session.get(&row, 0)?)?;
        number = number.max(session.get::<i64>(&row, 1)?);
    }
    let epoch = Epoch { number: number.saturating_add(1), holder };
    for session in sides {
        take(session, names, epoch).await?;
    }
    for session in sides {
        rename(session, names, epoch, "admin").await?;
        end_older(session, names, epoch).await?;
    }
    Ok(epoch)
}

/// Takes the epoch on one side. The update stays in the queue while its blockers are ended from a second session.
async fn take(session: &Session, names: &Names, epoch: Epoch) -> Result<()> {
    let run = names.run();
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 3] = [&epoch.number, &epoch.holder, &run];
    let mut update = std::pin::pin!(session.maybe(include_str!("sql/claim/take.sql"), &values));
    let until = Instant::now() + LIMIT;
    let mut done = timeout(BUSY, update.as_mut()).await.ok();
    if done.is_none() {
        let purpose = Purpose::ours(names, UNCLAIMED, "claim", LIMIT);
        let helper = Session::open(session.target(), &purpose).await?;
        while done.is_none() && Instant::now() < until {
            helper.rows(include_str!("sql/claim/unblock.sql"), &[&session.pid]).await?;
            done = timeout(BUSY / 4, update.as_mut()).await.ok();
        }
    }
    match done {
        Some(row) => row?.map(|_| ()).ok_or_else(|| {
            let what = format!("epoch {} was taken by another operator process", epoch.number);
            Error::condition(&session.place(), Reason::StaleEpoch, what)
        }),
        None => Err(Error::timeout(&session.place(), "the record stays locked: cannot take an epoch")),
    }
}

/// Gives a session its epoch, so that a newer one can end it.
pub(crate) async fn rename(session: &Session, names: &Names, epoch: Epoch, purpose: &str) -> Result<()> {
    let name = names.application(epoch.number, purpose);
    session.rows(include_str!("sql/claim/rename.sql"), &[&name]).await.map(|_| ())
}

/// Ends our sessions of older epochs and waits until they are gone.
async fn end_older(session: &Session, names: &Names, epoch: Epoch) -> Result<()> {
    let prefix = names.application_prefix();
    let until = Instant::now() + LIMIT;
    loop {
        let rows = session.rows(include_str!("sql/claim/end_older.sql"), &[&prefix, &epoch.number]).await?;
        if rows.is_empty() {
            return Ok(());
        }
        if Instant::now() > until {
            return Err(Error::condition(
                &session.place(),
                Reason::NotSettled,
                "a session of an older epoch does not end",
            ));
        }
        sleep(Duration::from_millis(5)).await;
    }
}
