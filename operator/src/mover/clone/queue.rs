//! The queue: what the movers of a clone have to do, largest first within a stage. Filled once, in green's birth.
use std::collections::BTreeMap;

use serde_json::{Value, json};
use tokio_postgres::{Client, Row};
use verdigris_crds::Side;

use super::toc::{self, Kind};
use crate::mover::error::Error;
use crate::mover::session;
use crate::mover::settings::Settings;
use crate::mover::tools::Archive;

/// Tables are copied and compared in ranges of about this many bytes: a killed mover costs no more than one.
const PART_BYTES: i64 = 256 << 20;
/// Ranges of one table at most, whatever its size.
const MOST_PARTS: i64 = 4096;
/// Entries of the archive in one transaction, where they stand in line.
const BATCH: usize = 50;

/// Stages; a stage begins when all of the earlier ones are done. Items that stand in line have a stage each.
mod stage {
    pub const COPY: i64 = 100;
    pub const COMPARE: i64 = 200;
    pub const VERDICT: i64 = 300;
    pub const KEY: i64 = 400;
    pub const INDEX: i64 = 500;
    pub const ATTACH: i64 = 1_000_000;
    pub const FOREIGN_KEY: i64 = 2_000_000;
    pub const OTHER: i64 = 3_000_000;
    pub const REFRESH: i64 = 10_000_000;
    pub const SEQUENCES: i64 = 20_000_000;
    pub const VACUUM: i64 = 30_000_000;
}

fn item(stage: i64, kind: &str, name: &str, bytes: i64, body: &Value) -> Value {
    json!({"stage": stage, "kind": kind, "name": name, "bytes": bytes, "body": body})
}

/// Writes the queue on green, as the snapshot of blue and the archive say.
pub async fn fill(settings: &Settings, archive: &Archive, blue: &Client, green: &Client) -> Result<(), Error> {
    let mut items = Vec::new();
    let sizes = tables(settings, blue, &mut items).await?;
    items.push(item(stage::VERDICT, "verdict", "all tables", 0, &json!({})));
    let (list, verbose) = (archive.contents(settings, "post-data").await?, archive.dependencies(settings).await?);
    entries(&list, &verbose, &settings.names().prefix(), &mut items);
    for (place, row) in
        (0..).zip(session::all(blue, "listing materialized views", include_str!("../sql/matviews.sql"), &[]).await?)
    {
        let name: String = session::column(&row, "name")?;
        let bytes: i64 = session::column(&row, "bytes")?;
        items.push(item(stage::REFRESH + place, "refresh", &name, bytes, &json!({})));
    }
    items.push(item(stage::SEQUENCES, "sequences", "all sequences", 0, &json!({})));
    for row in session::all(green, "listing tables", include_str!("../sql/vacuum_list.sql"), &[]).await? {
        let name: String = session::column(&row, "name")?;
        let kind: String = session::column(&row, "kind")?;
        let bytes = sizes.get(&name).copied().unwrap_or_default();
        items.push(item(stage::VACUUM, "vacuum", &name, bytes, &json!({"analyze": kind == "p"})));
    }
    session::execute(green, "filling green's queue", include_str!("../sql/work_add.sql"), &[&Value::Array(items)])
        .await?;
    Ok(())
}

/// Copying and comparing; returns the sizes of the tables.
async fn tables(settings: &Settings, blue: &Client, items: &mut Vec<Value>) -> Result<BTreeMap<String, i64>, Error> {
    let publication = settings.names().publication(Side::Blue);
    all_published(blue, &publication).await?;
    let mut sizes = BTreeMap::new();
    for row in session::all(blue, "listing tables", include_str!("../sql/tables.sql"), &[&publication]).await? {
        let name: String = session::column(&row, "name")?;
        let bytes: i64 = session::column(&row, "bytes")?;
        let shape =
            session::one(blue, &format!("reading the columns of {name}"), include_str!("../sql/shape.sql"), &[&name])
                .await?;
        table(&row, &shape, items)?;
        sizes.insert(name, bytes);
    }
    Ok(sizes)
}

/// A table that nobody publishes would stand still on green.
async fn all_published(blue: &Client, publication: &str) -> Result<(), Error> {
    let lost = session::all(
        blue,
        "looking for tables that are not published",
        include_str!("../sql/unpublished.sql"),
        &[&publication],
    )
    .await?;
    if let Some(row) = lost.first() {
        let name: String = session::column(row, "name")?;
        return Err(Error::transient(
            "TableNotPublished",
            format!(
                "{} tables of blue are not in publication {publication}, the first is {name}; add them, then the clone goes on",
                lost.len()
            ),
        ));
    }
    Ok(())
}

/// Items of one table: `row` says which, `shape` how its rows look.
fn table(row: &Row, shape: &Row, items: &mut Vec<Value>) -> Result<(), Error> {
    let (name, rel): (&str, &str) = (session::column(row, "name")?, session::column(row, "rel")?);
    let (bytes, blocks): (i64, i64) = (session::column(row, "bytes")?, session::column(row, "blocks")?);
    let (columns, hashed): (&str, &str) = (session::column(shape, "columns")?, session::column(shape, "row")?);
    let binary: bool = session::column(shape, "binary")?;
    let clear: bool = session::column(row, "extension")?;
    let parts = if clear { vec![(0, None)] } else { ranges(bytes, blocks) };
    let each = bytes / i64::try_from(parts.len()).unwrap_or(1).max(1);
    // What is unlogged is not compared: green is free to forget it.
    let hashed = session::column::<bool>(row, "carried")?.then_some(hashed);
    for (from, to) in &parts {
        let body = json!({"rel": rel, "columns": columns, "binary": binary, "clear": clear, "row": hashed, "from": from, "to": to});
        items.push(item(stage::COPY, "copy", name, each, &body));
        if hashed.is_some() {
            let body = json!({"rel": rel, "row": hashed, "from": from, "to": to});
            items.push(item(stage::COMPARE, "compare", name, each, &body));
        }
    }
    Ok(())
}

/// Ranges of blocks that make up a table. The last one is open: blocks added later hold nothing that the snapshot sees.
fn ranges(bytes: i64, blocks: i64) -> Vec<(i64, Option<i64>)> {
    let parts = (bytes / PART_BYTES).clamp(1, MOST_PARTS).min(blocks.max(1));
    (0..parts)
        .map(|part| {
            let (from, to) = (blocks * part / parts, blocks * (part + 1) / parts);
            (from, (part + 1 < parts).then_some(to))
        })
        .collect()
}

/// What comes after the rows: each entry of the archive an item, but those that stand in line in batches.
fn entries(list: &str, verbose: &str, prefix: &str, items: &mut Vec<Value>) {
    // Ours are made by us: the publication of this run, and gates that an earlier one left behind.
    let all = toc::parse(list, verbose, |name| {
        (name.starts_with("PUBLICATION") && name.contains(prefix))
            || name.contains(" verdigris_gate ")
            || name.starts_with("EVENT TRIGGER - verdigris_ddl ")
    });
    // Two partitions' indexes attached at the same time do not see each other, and their parent's would stay invalid.
    in_line(stage::ATTACH, "index", &all, Kind::Attach, items);
    in_line(stage::OTHER, "other", &all, Kind::Other, items);
    for entry in &all {
        let (stage, kind) = match entry.kind {
            Kind::Key => (stage::KEY, "key"),
            Kind::Index => (stage::INDEX, "index"),
            Kind::ForeignKey => (stage::FOREIGN_KEY, "foreign_key"),
            Kind::Attach | Kind::Other => continue,
        };
        items.push(item(stage, kind, &entry.name, 0, &json!({"entries": [entry.id]})));
    }
}

/// Entries of one kind that are made one after the other: a stage for each batch.
fn in_line(first: i64, word: &str, all: &[toc::Entry], kind: Kind, items: &mut Vec<Value>) {
    let waiting: Vec<&toc::Entry> = all.iter().filter(|entry| entry.kind == kind).collect();
    for (place, batch) in (first..).zip(waiting.chunks(BATCH)) {
        let ids: Vec<i64> = batch.iter().map(|entry| entry.id).collect();
        let name = batch.first().map_or("", |entry| entry.name.as_str());
        items.push(item(place, word, name, 0, &json!({"entries": ids})));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_cover_every_block_once_and_the_last_is_open() {
        for (bytes, blocks) in [(0, 0), (8192, 1), (PART_BYTES * 5, 163_840), (PART_BYTES * 5, 3), (i64::MAX, 1 << 32)]
        {
            let ranges = ranges(bytes, blocks);
            assert_eq!(ranges[0].0, 0);
            assert_eq!(ranges.last().unwrap().1, None);
            assert!(ranges.windows(2).all(|pair| pair[0].1 == Some(pair[1].0) && pair[0].0 < pair[1].0));
            assert!(ranges.len() <= usize::try_from(MOST_PARTS).unwrap());
        }
    }
}
