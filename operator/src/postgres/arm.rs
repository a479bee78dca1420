//! The gate: arming it on every table, and proving that it covers everything; `disarm` takes it off. One table a transaction,
//! with short lock timeouts: arming all in one transaction made clients wait for seconds.
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use rand::Rng;
use tokio::time::sleep;
use verdigris_core::plan::Plan;
use verdigris_core::preflight;
use verdigris_core::record::Epoch;

use super::connect::Session;
use super::error::{Error, Reason, Result};
use super::sql::{Sql, qualified};

/// Closes a side that is being made: runs after `state::install_sql(…, closed = true)` and the user's schema, in the same
/// transaction.
pub const BORN_CLOSED: &str = include_str!("sql/arm/born_closed.sql");

/// Tries for the lock of one table.
const TRIES: u32 = 50;

/// Arms the gate on every table of a side, and against DDL. Idempotent; tables made later are not armed.
pub async fn arm(session: &Session, epoch: Epoch) -> Result<()> {
    shortly(session, arm_all(session, epoch)).await
}

/// Does something with short lock timeouts.
pub(crate) async fn shortly(session: &Session, what: impl Future<Output = Result<()>>) -> Result<()> {
    session.batch("cannot set lock timeouts", include_str!("sql/arm/short.sql")).await?;
    let done = what.await;
    let back = session.batch("cannot set lock timeouts", include_str!("sql/arm/normal.sql")).await;
    done.and(back)
}

async fn arm_all(session: &Session, epoch: Epoch) -> Result<()> {
    let row = session.one(include_str!("sql/arm/ddl_armed.sql"), &[]).await?;
    if !session.get::<bool>(&row, 0)? {
        let sql = Sql::new(include_str!("sql/arm/ddl.sql")).guard(epoch).render();
        patiently(session, "cannot arm the gate against DDL", &sql).await?;
    }
    for row in session.rows(include_str!("sql/arm/ungated.sql"), &[]).await? {
        let (table, kind): (String, String) = (session.get(&row, 0)?, session.get(&row, 1)?);
        let truncate = kind != "f" || session.version >= 160_000;
        let sql = Sql::new(include_str!("sql/arm/table.sql"))
            .guard(epoch)
            .raw("table", &table)
            .raw(
                "events",
                if truncate { "INSERT OR UPDATE OR DELETE OR TRUNCATE" } else { "INSERT OR UPDATE OR DELETE" },
            )
            .render();
        match patiently(session, &format!("cannot arm {table}"), &sql).await {
            // Dropped meanwhile.
            Err(error) if error.reason == Reason::ObjectMissing => {}
            other => other?,
        }
    }
    // Best effort: it only makes coverage faster.
    let _ = session.batch("cannot analyze the catalogs", include_str!("sql/arm/analyze.sql")).await;
    Ok(())
}

/// The guard in front of statements, where the records are there.
pub(crate) fn guarded(epoch: Option<Epoch>, sql: &str) -> String {
    match epoch {
        Some(epoch) => {
            format!("{}{sql}", Sql::new("SELECT verdigris.guard(:epoch, :'holder');\n").guard(epoch).render())
        }
        None => sql.to_owned(),
    }
}

/// One transaction that may find its table locked: tried again and again, never queueing for long.
pub(crate) async fn patiently(session: &Session, what: &str, sql: &str) -> Result<()> {
    let mut tries = 0;
    loop {
        match session.batch(what, sql).await {
            Err(error) if matches!(error.reason, Reason::LockTimeout | Reason::Deadlock) && tries < TRIES => {
                tries += 1;
                let pause = rand::rng().random_range(20..100);
                sleep(Duration::from_millis(pause)).await;
            }
            other => return other,
        }
    }
}

/// Whether large objects, which no stream carries, stand against a switchover: they do until a user accepts that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LargeObjects {
    /// They do.
    Refused,
    /// A user accepted that they stay behind.
    Accepted,
}

impl LargeObjects {
    /// By `spec.acknowledge`.
    pub fn of(plan: &Plan) -> Self {
        if plan.acknowledges(preflight::Reason::LargeObjects.as_str()) { Self::Accepted } else { Self::Refused }
    }
}

/// What `from` says: what is wrong with its gate and publication, and the tables that must be carried.
pub(crate) async fn uncovered(
    from: &Session,
    publication: &str,
    large: LargeObjects,
) -> Result<(Vec<String>, BTreeSet<(String, String)>)> {
    let refused = large == LargeObjects::Refused;
    let wrong = from.rows(include_str!("sql/coverage/uncovered.sql"), &[&publication, &refused]).await?;
    let wrong = wrong.iter().map(|row| from.get(row, 0)).collect::<Result<_>>()?;
    Ok((wrong, pairs(from, &from.rows(include_str!("sql/prepare/carried.sql"), &[]).await?)?))
}

/// What `to` says: the tables that the subscription carries.
pub(crate) async fn subscribed(to: &Session, stream: &str) -> Result<BTreeSet<(String, String)>> {
    pairs(to, &to.rows(include_str!("sql/coverage/subscribed.sql"), &[&stream]).await?)
}

fn pairs(session: &Session, rows: &[tokio_postgres::Row]) -> Result<BTreeSet<(String, String)>> {
    rows.iter().map(|row| Ok((session.get(row, 0)?, session.get(row, 1)?))).collect()
}

/// Proves that every table of `from` is gated and carried to `to` by the stream, the catalog as planned, and that there are no large
/// objects that nobody accepted. The error of
/// reason `NotCovered` names the first three that are not.
pub async fn coverage(
    from: &Session,
    to: &Session,
    publication: &str,
    stream: &str,
    large: LargeObjects,
) -> Result<()> {
    let ((mut wrong, wanted), carried) = tokio::try_join!(uncovered(from, publication, large), subscribed(to, stream))?;
    wrong.extend(
        wanted.difference(&carried).map(|(schema, table)| format!("not subscribed: {}", qualified(schema, table))),
    );
    if wrong.is_empty() {
        return Ok(());
    }
    let more = wrong.len().saturating_sub(3);
    let mut what = wrong.into_iter().take(3).collect::<Vec<_>>().join("; ");
    if more > 0 {
        let _ = write!(what, "; and {more} more");
    }
    Err(Error::condition(&from.place(), Reason::NotCovered, what))
}
