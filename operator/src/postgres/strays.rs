//! Strays: writes on a closed side that did not come through the stream. The witness is the slot of the stream that used
//! to lead away from this side: it is read again from the close on, and every row change or TRUNCATE of a published table
//! whose transaction does not carry the origin of our stream is counted. So it proves: no row of a carried table was
//! changed by anybody else, sessions that pass the gate (foreign origins, a disabled trigger) included. It does not see
//! what replication does not carry: DDL, sequences, unlogged and excluded tables, large objects.
use verdigris_core::fact::{Fact, Problem};
use verdigris_core::names::Names;
use verdigris_core::phases::way_back::UNWATCHED;
use verdigris_core::record::Epoch;

use super::connect::Session;
use super::error::{Error, Reason, Result};
use super::sql::Sql;
use super::{state, stream};

/// Messages looked at in one go.
const BATCH: i32 = 20_000;
/// Goes of one call: a busy stream is looked at again next time.
const GOES: u32 = 10;

/// What the witness says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strays {
    /// Row changes since the close. Never fewer than there were; a crash between counting and forgetting counts twice.
    pub changes: i64,
    /// WAL that the witness retains on the closed side, in bytes.
    pub retained_bytes: Option<i64>,
    /// Whether everything until now was looked at.
    pub complete: bool,
}

/// Counts strays on a closed side, adds them to its record, and lets the witness forget what was counted. `None`: there is
/// no witness, so it is not known.
pub async fn count(closed: &Session, names: &Names, epoch: Epoch) -> Result<Option<Strays>> {
    let record = state::read(closed).await?;
    let record = record.ok_or_else(|| Error::condition(&closed.place(), Reason::NoRecords, "cannot count strays"))?;
    let Some(witness) = record.witness.filter(|_| record.closed) else { return Ok(None) };
    // One that lost its WAL (`max_slot_wal_keep_size`) cannot be read again.
    if stream::slot(closed, &witness).await?.is_none_or(|slot| slot.wal_status.as_deref() == Some("lost")) {
        return Ok(None);
    }
    let (mut changes, mut complete) = (record.strays, false);
    for _ in 0..GOES {
        let (found, whole) = go(closed, names, epoch, &witness).await?;
        changes = changes.saturating_add(found);
        complete = whole;
        if whole {
            break;
        }
    }
    let retained_bytes = stream::slot(closed, &witness).await?.and_then(|slot| slot.retained_bytes);
    Ok(Some(Strays { changes, retained_bytes, complete }))
}

/// The same as an observation: a number only if all until now was looked at.
pub async fn observe(closed: &Session, names: &Names, epoch: Option<Epoch>) -> Fact<i64> {
    let Some(epoch) = epoch else {
        return Fact::Unknown(Problem::transient(
            "EpochUnknown",
            "Stray writes are counted once this process holds an epoch.",
        ));
    };
    match count(closed, names, epoch).await {
        Ok(Some(strays)) if strays.complete => Fact::Known(strays.changes),
        Ok(Some(_)) => Fact::Unknown(Problem::transient(
            "StrayWritesUncounted",
            "Blue has written more since the last look than could be searched for stray writes in this one; the next one goes on from there.",
        )),
        Ok(None) => Fact::Unknown(Problem::permanent(
            UNWATCHED,
            "The slot on blue by which stray writes are told is gone, or lost its WAL, so none can be seen since.",
        )),
        Err(error) => Fact::Unknown(error.problem()),
    }
}

async fn go(closed: &Session, names: &Names, epoch: Epoch, witness: &str) -> Result<(i64, bool)> {
    let publication = names.publication(closed.side());
    let row =
        closed.one(include_str!("sql/strays/peek.sql"), &[&witness, &publication, &names.prefix(), &BATCH]).await?;
    let (found, messages): (i64, i64) = (closed.get(&row, 0)?, closed.get(&row, 1)?);
    let until: Option<String> = closed.get(&row, 2)?;
    if found > 0 {
        let sql = Sql::new(include_str!("sql/strays/add.sql")).guard(epoch).number("found", found);
        closed.batch("cannot record strays", &sql.render()).await?;
    }
    if let Some(until) = until {
        let advance = include_str!("sql/strays/advance.sql");
        closed.rows(advance, &[&witness, &until, &epoch.number, &epoch.holder]).await?;
    }
    Ok((found, messages < i64::from(BATCH)))
}
