//! What streams need on the publishing side: replication role and publication. Idempotent and guarded. Passwords exist
//! for the time it takes to make a subscription and are never stored by us.
use std::collections::BTreeSet;

use verdigris_core::names::{Names, SCHEMA};
use verdigris_core::record::Epoch;
use verdigris_crds::Side;

use super::connect::{Secret, Session};
use super::error::Result;
use super::password;
use super::sql::{Sql, identifier, qualified};

/// A table of a publication.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Published {
    /// Schema.
    pub schema: String,
    /// Table.
    pub table: String,
    /// Columns that are published; `None`: all of them.
    pub columns: Option<BTreeSet<String>>,
}

impl Published {
    /// A whole table.
    pub fn whole(schema: impl Into<String>, table: impl Into<String>) -> Self {
        Self { schema: schema.into(), table: table.into(), columns: None }
    }

    fn clause(&self) -> String {
        let columns = self.columns.as_ref().map_or(String::new(), |columns| {
            format!(" ({})", columns.iter().map(|column| identifier(column)).collect::<Vec<_>>().join(", "))
        });
        format!("ONLY {}{columns}", qualified(&self.schema, &self.table))
    }
}

/// On blue: replication role, and a publication of every table that must be carried. Pins the catalog as planned.
/// Returns the tables.
pub async fn blue(session: &Session, names: &Names, epoch: Epoch) -> Result<Vec<Published>> {
    let tables = carried(session).await?;
    green(session, names, epoch, &tables).await?;
    Ok(tables)
}

/// On any side, green above all: replication role, and a publication of exactly these tables and the side's marker.
/// Pins the catalog as planned, so it belongs after the migrations.
pub async fn green(session: &Session, names: &Names, epoch: Epoch, tables: &[Published]) -> Result<()> {
    role(session, names, epoch).await?;
    publish(session, names, epoch, tables).await
}

/// The tables that must be carried away from a side.
pub async fn carried(session: &Session) -> Result<Vec<Published>> {
    let rows = session.rows(include_str!("sql/prepare/carried.sql"), &[]).await?;
    rows.iter()
        .map(|row| Ok(Published::whole(session.get::<String>(row, 0)?, session.get::<String>(row, 1)?)))
        .collect()
}

/// The replication role, that the other side's subscription connects as; it gets a password when one is made.
pub async fn role(session: &Session, names: &Names, epoch: Epoch) -> Result<()> {
    let sql = Sql::new(include_str!("sql/prepare/role.sql"))
        .guard(epoch)
        .text("role", names.replication_role())
        .text("database", &session.target().database);
    session.batch("cannot make the replication role", &sql.render()).await
}

async fn publish(session: &Session, names: &Names, epoch: Epoch, tables: &[Published]) -> Result<()> {
    let publication = names.publication(session.side());
    let mut wanted: BTreeSet<Published> = tables.iter().cloned().collect();
    wanted.insert(Published::whole(SCHEMA, marker(session.side())));
    let row = session.one(include_str!("sql/prepare/has_publication.sql"), &[&publication]).await?;
    let file = if session.get::<bool>(&row, 0)? {
        if published(session, &publication).await? == wanted {
            return super::state::pin_catalog(session, epoch).await;
        }
        include_str!("sql/prepare/republish.sql")
    } else {
        include_str!("sql/prepare/publication.sql")
    };
    let list = wanted.iter().map(Published::clause).collect::<Vec<_>>().join(", ");
    let sql = Sql::new(file).guard(epoch).text("publication", publication).raw("tables", list);
    session.batch("cannot make the publication", &sql.render()).await
}

/// What a publication holds now.
pub async fn published(session: &Session, publication: &str) -> Result<BTreeSet<Published>> {
    let rows = session.rows(include_str!("sql/prepare/published.sql"), &[&publication]).await?;
    rows.iter()
        .map(|row| {
            let columns: Option<Vec<String>> = session.get(row, 2)?;
            let columns = columns.map(|columns| columns.into_iter().collect());
            Ok(Published { schema: session.get(row, 0)?, table: session.get(row, 1)?, columns })
        })
        .collect()
}

/// Table of markers that a side publishes.
pub(crate) fn marker(side: Side) -> String {
    format!("marker_{}", side.lower())
}

/// Gives the replication role of a publisher a new password, for the subscription that is made next. Whatever connects
/// with the old one can no longer do so.
pub async fn rotate_password(publisher: &Session, names: &Names, epoch: Epoch) -> Result<Secret> {
    let secret = password::generate();
    let sql = Sql::new(include_str!("sql/prepare/password.sql"))
        .guard(epoch)
        .text("role", names.replication_role())
        .text("verifier", secret.verifier());
    quietly(publisher, "cannot set the password of the replication role", &sql.render()).await?;
    Ok(secret)
}

/// Keeps the statements that follow in a session out of everything that others can read. Sent as a message of its own.
pub const QUIET: &str = include_str!("sql/quiet.sql");

/// Says something that nobody may read: it holds a password.
pub(crate) async fn quietly(session: &Session, what: &str, sql: &str) -> Result<()> {
    session.batch("cannot turn off logging", QUIET).await?;
    let said = session.batch(what, sql).await;
    let back = session.batch("cannot turn logging on again", include_str!("sql/loud.sql")).await;
    said.and(back)
}
