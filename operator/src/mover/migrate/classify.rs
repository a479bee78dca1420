//! Before and after: the catalog, and a slot that remembers which rows changed in between. The judgement is the core's.
use std::collections::BTreeMap;

use serde_json::{Value, json};
use tokio_postgres::Client;
use verdigris_core::classify::{Catalog, RowChanges, Rows, Table, classify};
use verdigris_crds::Side;

use crate::mover::error::{Doing, Error};
use crate::mover::session;
use crate::mover::settings::Settings;

/// Remembers the catalog, and begins to count. `first`: nothing has run yet.
pub async fn before(settings: &Settings, green: &Client, first: bool) -> Result<(), Error> {
    let slot = settings.names().count_slot();
    if first {
        save(green, "before", &read(green).await?.1).await?;
        publish(settings, green, &json!({})).await?;
        session::all(green, "making the counting slot", include_str!("../sql/count_slot_make.sql"), &[&slot]).await?;
    }
    let row =
        session::one(green, "looking for the counting slot", include_str!("../sql/count_slot_there.sql"), &[&slot])
            .await?;
    if session::column(&row, "there")? {
        return Ok(());
    }
    Err(Error::permanent(
        "CountingSlotLost",
        format!(
            "slot {slot} on green is gone, so nobody knows which rows the migrations changed; drop green's database and start again"
        ),
    ))
}

/// Classifies, arms what is new, pins the catalog: one transaction. Then the counting slot goes.
pub async fn after(settings: &Settings, green: &Client) -> Result<(), Error> {
    let slot = settings.names().count_slot();
    let row = session::one(
        green,
        "reading the catalog before",
        "SELECT body FROM verdigris.catalog WHERE taken = 'before'",
        &[],
    )
    .await?;
    let old = parse(session::column(&row, "body")?)?;
    let (mut new, body) = read(green).await?;
    for table in new.tables.iter_mut().filter(|table| old.tables.iter().all(|old| old.oid != table.oid)) {
        let sql = format!("SELECT EXISTS (SELECT FROM {}) AS filled", table.name);
        table.filled = session::column(
            &session::one(green, &format!("looking into table {}", table.name), &sql, &[]).await?,
            "filled",
        )?;
    }
    let rows = changes(settings, green, &slot).await?;
    let findings = classify(&old, &new, &rows);
    let (lists, carried) = columns(&old, &new);

    session::batch(green, "writing the classification", "BEGIN").await?;
    save(green, "after", &body).await?;
    session::batch(green, "arming new tables", "SELECT verdigris.arm()").await?;
    session::execute(green, "excluding new tables", include_str!("../sql/exclude_new.sql"), &[]).await?;
    if findings.is_empty() {
        publish(settings, green, &lists).await?;
    }
    let found = serde_json::to_value(&findings)
        .map_err(|_| Error::permanent("FindingsUnwritable", "the findings cannot be written as JSON"))?;
    session::execute(green, "writing findings", include_str!("../sql/finding_write.sql"), &[&found]).await?;
    session::execute(green, "writing the classification", include_str!("../sql/classified.sql"), &[&carried]).await?;
    session::batch(green, "writing the classification", "COMMIT").await?;
    session::all(green, "dropping the counting slot", include_str!("../sql/slot_drop.sql"), &[&slot]).await?;
    Ok(())
}

async fn read(green: &Client) -> Result<(Catalog, Value), Error> {
    let row = session::one(green, "reading green's catalog", include_str!("../sql/catalog.sql"), &[]).await?;
    let body: Value = session::column(&row, "catalog")?;
    Ok((parse(body.clone())?, body))
}

fn parse(body: Value) -> Result<Catalog, Error> {
    serde_json::from_value(body).map_err(|e| {
        Error::permanent(
            "CatalogUnreadable",
            format!("green's catalog has something that this version does not know: {e}"),
        )
    })
}

async fn save(green: &Client, taken: &str, body: &Value) -> Result<(), Error> {
    session::execute(green, "saving the catalog", include_str!("../sql/catalog_save.sql"), &[&taken, body]).await?;
    Ok(())
}

/// Makes green's publication hold exactly the carried tables; `lists`: columns by oid of the table, where not all.
async fn publish(settings: &Settings, green: &Client, lists: &Value) -> Result<(), Error> {
    let name = settings.names().publication(Side::Green);
    let sql = include_str!("../sql/green_publication.sql");
    let row = session::one(green, "wording green's publication", sql, &[&name, lists]).await?;
    session::batch(green, "making green's publication", session::column(&row, "statement")?).await
}

async fn changes(settings: &Settings, green: &Client, slot: &str) -> Result<RowChanges, Error> {
    let publication = settings.names().publication(Side::Green);
    let doing = "counting the rows that migrations changed";
    let mut changes = RowChanges::new();
    for row in session::all(green, doing, include_str!("../sql/row_changes.sql"), &[&slot, &publication]).await? {
        let rel = u32::try_from(session::column::<i64>(&row, "rel")?)
            .map_err(|_| Error::permanent("CountUnclear", "a change in the counting slot names no table"))?;
        let [inserted, updated, deleted, truncated] =
            ["inserted", "updated", "deleted", "truncated"].map(|name| row.try_get::<_, i64>(name));
        let rows = Rows {
            inserted: inserted.doing(doing)?,
            updated: updated.doing(doing)?,
            deleted: deleted.doing(doing)?,
            truncated: truncated.doing(doing)?,
        };
        changes.insert(rel, rows);
    }
    Ok(changes)
}

/// Columns that both sides share: by oid where green has more of them, and by name for every carried table.
fn columns(old: &Catalog, new: &Catalog) -> (Value, Value) {
    let (mut lists, mut carried) = (BTreeMap::new(), BTreeMap::new());
    let plain = |table: &Table| -> Vec<(i16, String)> {
        table
            .columns
            .iter()
            .filter(|column| column.generated.is_empty())
            .map(|column| (column.num, column.name.clone()))
            .collect()
    };
    for was in old.tables.iter().filter(|table| table.carried && table.kind == "r") {
        let Some(is) = new.tables.iter().find(|table| table.oid == was.oid) else { continue };
        let numbers: Vec<i16> = plain(was).into_iter().map(|(num, _)| num).collect();
        let all = plain(is);
        let shared: Vec<String> =
            all.iter().filter(|(num, _)| numbers.contains(num)).map(|(_, name)| name.clone()).collect();
        if shared.len() < all.len() {
            lists.insert(was.oid.to_string(), shared.clone());
        }
        carried.insert(is.name.clone(), shared);
    }
    (json!(lists), json!(carried))
}
