//! What goes when a run ends, and what stays. Each function is for one side, idempotent, and safe to run again after any
//! crash; recovery comes first, so that it is known which side writes. Nothing here opens a side that a switchover closed.
use std::time::Duration;

use verdigris_core::names::Names;
use verdigris_core::presume;
use verdigris_core::record::{self, Epoch, Record};
use verdigris_crds::Side;

use super::connect::Session;
use super::error::{Error, Reason, Result};
use super::sql::Sql;
use super::{arm, disarm, slot, state};

/// How long the reader of a slot may take to end.
const LIMIT: Duration = Duration::from_secs(20);

const SUBSCRIPTIONS: &str = include_str!("sql/cleanup/subscriptions.sql");
const SLOTS: &str = include_str!("sql/cleanup/slots.sql");
const UNPUBLISH: &str = include_str!("sql/cleanup/unpublish.sql");
const PUBLICATIONS: &str = include_str!("sql/cleanup/publications.sql");
const ROLES: &str = include_str!("sql/cleanup/roles.sql");
const SETTINGS: &str = include_str!("sql/cleanup/settings.sql");
const TRIGGERS: &str = include_str!("sql/cleanup/triggers.sql");
const SCHEMA: &str = include_str!("sql/cleanup/schema.sql");
const CLOSED: &str = include_str!("sql/cleanup/closed.sql");
const TOMBSTONE: &str = include_str!("sql/cleanup/tombstone.sql");

/// Before the cutover: nothing of ours stays on blue; green keeps its data, and stays closed with a tombstone, for blue is
/// the writer and a client may be led to green. Green first: its subscription reads from blue's slot. A green that refuses,
/// for its disk is full, keeps nothing on blue; it is tried again. `epoch` is fresh: what it presumes cannot change any more
/// once it was read.
pub async fn before_cutover(blue: &Session, green: &Session, names: &Names, epoch: Epoch) -> Result<()> {
    presumed(presume::undo(ours(blue, names).await?.as_ref(), ours(green, names).await?.as_ref()), blue)?;
    let green = retire(green, names, epoch).await;
    release(blue, names, epoch).await?;
    green
}

/// After a switchover (end of the window, rolled back, deleted): streams, slots, publications and roles go on both sides;
/// gate and records go on the side that writes; the other stays closed, with a tombstone.
pub async fn after_cutover(writer: &Session, other: &Session, names: &Names, epoch: Epoch) -> Result<()> {
    let (blue, green) = if writer.side() == Side::Blue { (writer, other) } else { (other, writer) };
    let records = (ours(blue, names).await?, ours(green, names).await?);
    presumed(presume::finish(writer.side(), records.0.as_ref(), records.1.as_ref()), writer)?;
    retire(other, names, epoch).await?;
    release(writer, names, epoch).await
}

/// What is there of this run.
async fn ours(side: &Session, names: &Names) -> Result<Option<Record>> {
    Ok(record::sort(state::read(side).await?, names.run()).0)
}

/// The look that decided this may be from before a close or an opening: then nothing is done, and both are looked at again.
fn presumed(holds: Result<(), String>, at: &Session) -> Result<()> {
    holds.map_err(|what| Error::condition(&at.place(), Reason::Outdated, what))
}

/// Takes everything of ours off a side that is open. A closed one is refused (I1). Where the records are gone already, what
/// is left is taken away.
pub async fn release(side: &Session, names: &Names, epoch: Epoch) -> Result<()> {
    let Some(epoch) = owned(side, names, epoch, Shall::BeOpen).await? else {
        // Of another run, or gone: nothing is guarded, only names tell what is ours.
        return leftovers(side, names).await;
    };
    streams(side, names, epoch).await?;
    disarm::all(side, names, epoch).await?;
    for (what, sql) in [
        ("cannot drop publications", PUBLICATIONS),
        ("cannot drop roles", ROLES),
        ("cannot reset settings", SETTINGS),
        // The guard lives in there, so it is the last.
        ("cannot drop the records", SCHEMA),
    ] {
        side.batch(what, &arm::guarded(Some(epoch), &render(sql, names))).await?;
    }
    Ok(())
}

/// Takes streams, slots, publications and roles off a closed side and writes its tombstone. Gate and flag stay, and new
/// sessions are read-only: it remains closed until an admin opens it on purpose.
pub async fn retire(side: &Session, names: &Names, epoch: Epoch) -> Result<()> {
    let Some(epoch) = owned(side, names, epoch, Shall::BeClosed).await? else { return leftovers(side, names).await };
    // Who writes here is refused anyway: nobody is spared an error by taking tables out of the publications first.
    streams(side, names, epoch).await?;
    for (what, sql) in [
        ("cannot drop publications", PUBLICATIONS),
        ("cannot drop roles", ROLES),
        ("cannot reset settings", SETTINGS),
        ("cannot close the rest", CLOSED),
        ("cannot write the tombstone", TOMBSTONE),
    ] {
        side.batch(what, &arm::guarded(Some(epoch), &render(sql, names))).await?;
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shall {
    BeOpen,
    BeClosed,
}

/// The epoch, if the records are ours and say what they should; `None` if there are none of ours.
async fn owned(side: &Session, names: &Names, epoch: Epoch, shall: Shall) -> Result<Option<Epoch>> {
    let Some(record) = ours(side, names).await? else { return Ok(None) };
    match (shall, record.closed || record.flag) {
        (Shall::BeOpen, true) => {
            Err(Error::condition(&side.place(), Reason::Closed, "the other side may write, so its gate stays"))
        }
        (Shall::BeClosed, false) => {
            Err(Error::condition(&side.place(), Reason::Open, "a tombstone belongs on a closed side"))
        }
        _ => Ok(Some(epoch)),
    }
}

async fn streams(side: &Session, names: &Names, epoch: Epoch) -> Result<()> {
    let subscriptions = arm::guarded(Some(epoch), &render(SUBSCRIPTIONS, names));
    side.batch("cannot drop subscriptions", &subscriptions).await?;
    for row in side.rows(include_str!("sql/recovery/slots.sql"), &[&names.prefix()]).await? {
        slot::drop_slot(side, epoch, side.get(&row, 0)?, LIMIT).await?;
    }
    Ok(())
}

/// Without records: what carries the run's names, and nothing else.
async fn leftovers(side: &Session, names: &Names) -> Result<()> {
    for (what, sql) in [("cannot drop subscriptions", SUBSCRIPTIONS), ("cannot drop slots", SLOTS)] {
        side.batch(what, &render(sql, names)).await?;
    }
    disarm::publications(side, names, None).await?;
    for (what, sql) in [("cannot drop publications", PUBLICATIONS), ("cannot drop roles", ROLES)] {
        side.batch(what, &render(sql, names)).await?;
    }
    Ok(())
}

fn render(sql: &'static str, names: &Names) -> String {
    Sql::new(sql).text("prefix", names.prefix()).text("run", names.run()).render()
}

/// What a human runs on a side that cannot be reached by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByHand {
    /// Everything goes; the side is open afterwards.
    Release,
    /// The side stays closed, with a tombstone.
    Retire,
}

/// The exact SQL that does by hand what `release` or `retire` would do: for psql, as a superuser, in the database itself.
/// It does not check which side writes: whoever runs it has.
pub fn exact_sql(names: &Names, what: ByHand) -> String {
    let session = include_str!("sql/cleanup/session.sql");
    let files: &[&'static str] = match what {
        ByHand::Release => &[session, SUBSCRIPTIONS, SLOTS, UNPUBLISH, PUBLICATIONS, TRIGGERS, ROLES, SETTINGS, SCHEMA],
        ByHand::Retire => &[session, SUBSCRIPTIONS, SLOTS, UNPUBLISH, PUBLICATIONS, ROLES, SETTINGS, CLOSED, TOMBSTONE],
    };
    files.iter().map(|file| render(file, names)).collect::<Vec<_>>().join("\n")
}
