//! What is taken off every table when a run ends: the gate, and its place in the run's publications. Both under one lock that no
//! writer shares, so that no session is left with a list of the table's publications that names one which is dropped next: a
//! session that holds such a list gets `XX000` for its `UPDATE` or `DELETE`. One table a transaction, with short lock timeouts.
use verdigris_core::names::Names;
use verdigris_core::record::Epoch;

use super::arm::{guarded, patiently, shortly};
use super::connect::Session;
use super::error::{Reason, Result};
use super::sql::{Sql, qualified};

/// Takes the gate off every table of a side, and off DDL, and every table out of the run's publications, which are empty then.
pub async fn all(session: &Session, names: &Names, epoch: Epoch) -> Result<()> {
    shortly(session, async {
        tables(session, names, Some(epoch), Take::GateToo).await?;
        let sql = guarded(Some(epoch), include_str!("sql/arm/disarm_ddl.sql"));
        patiently(session, "cannot take the gate off DDL", &sql).await
    })
    .await
}

/// Takes every table out of the run's publications, and leaves the gate as it is. `epoch` is `None` where the records are gone.
pub async fn publications(session: &Session, names: &Names, epoch: Option<Epoch>) -> Result<()> {
    shortly(session, tables(session, names, epoch, Take::PublicationsOnly)).await
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Take {
    GateToo,
    PublicationsOnly,
}

async fn tables(session: &Session, names: &Names, epoch: Option<Epoch>, take: Take) -> Result<()> {
    let mut held = Ok(());
    for row in session.rows(include_str!("sql/arm/armed.sql"), &[&names.prefix()]).await? {
        let table = qualified(session.get(&row, 0)?, session.get(&row, 1)?);
        let (gated, published): (bool, Vec<String>) = (session.get(&row, 2)?, session.get(&row, 3)?);
        let mut sql = String::new();
        if gated && take == Take::GateToo {
            sql += &Sql::new(include_str!("sql/arm/disarm.sql")).raw("table", &table).render();
        }
        for publication in published {
            let one = Sql::new(include_str!("sql/arm/unpublish.sql")).raw("table", &table);
            sql += &one.text("publication", publication).render();
        }
        if sql.is_empty() {
            continue;
        }
        match patiently(session, &format!("cannot disarm {table}"), &guarded(epoch, &sql)).await {
            // Dropped meanwhile.
            Err(error) if error.reason == Reason::ObjectMissing => {}
            // Those behind it need not wait for who holds it.
            Err(error) if error.reason == Reason::LockTimeout => held = held.and(Err(error)),
            other => other?,
        }
    }
    held
}
