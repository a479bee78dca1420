//! Rows that differ at first sight: while blue is written to, most of them are merely on their way. A row is settled when green
//! shows what blue showed before a marker that green has seen. A row of which blue keeps one and the same version while green shows
//! another behind marker after marker is proved different. The version, not the value: a value may go and come back in between.
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use futures::future::try_join;
use tokio_postgres::Client;
use uuid::Uuid;

use super::Sides;
use super::table::{Shape, Table};
use crate::mover::error::Error;
use crate::mover::session;

/// Rounds before what is left counts as unsettled.
const ROUNDS: u32 = 30;
/// Rounds in which blue stood still and green differed, before a row is proved different.
const PROOF: u32 = 3;
/// Buckets looked into with one scan: bounds the rows that are held in memory.
const BATCH: usize = 4096;
/// Most rows in question at once; beyond it, the table is unsettled.
const MOST_ROWS: usize = 1_000_000;
/// Scans for rows that were found by their bucket and not by their key.
const SCANS: u32 = 3;
/// Longest wait for a marker.
const MARKER: Duration = Duration::from_secs(60);

/// After this long without one, another marker follows.
const AGAIN: Duration = Duration::from_millis(500);

/// What became of the rows in question.
#[derive(Default)]
pub struct Settled {
    /// Rows proved different.
    pub different: i64,
    /// Some rows could be neither settled nor proved different.
    pub unsettled: bool,
}

/// Key of a row, each column as text; the row's hash where whole rows are told apart.
type Key = Vec<String>;
/// How often a key is there, and the sum of its rows' hashes: what must be the same on both sides.
type Content = (i64, String);
/// The same, and which versions of its rows a side keeps: places and transactions, of that side alone.
type Kept = (Content, String);
/// What the keys hold.
type Rows = BTreeMap<Key, Kept>;

/// Looks at every row of these buckets that differs.
pub async fn settle(sides: &Sides, table: &Table, shape: &Shape, buckets: Vec<i64>) -> Result<Settled, Error> {
    let mut all = Settled::default();
    let mut open = BTreeSet::new();
    scan(sides, table, shape, &buckets, |key, blue, green| {
        if blue != green {
            open.insert(key.clone());
        }
    })
    .await?;
    for _ in 0..SCANS {
        if open.len() > MOST_ROWS {
            break;
        }
        let gone = rounds(sides, table, shape, &mut open, &mut all).await?;
        if gone.is_empty() {
            break;
        }
        // On neither side by its key: deleted meanwhile, or its key does not find it. Only another scan tells.
        scan(sides, table, shape, &buckets, |key, _, _| {
            if gone.contains(key) {
                open.insert(key.clone());
            }
        })
        .await?;
    }
    all.unsettled = !open.is_empty();
    Ok(all)
}

/// Hands every row of these buckets to `look`, as blue and as green has it.
async fn scan(
    sides: &Sides,
    table: &Table,
    shape: &Shape,
    buckets: &[i64],
    mut look: impl FnMut(&Key, Option<&Content>, Option<&Content>),
) -> Result<(), Error> {
    for batch in buckets.chunks(BATCH) {
        let (blue, green) =
            try_join(in_buckets(&sides.blue, table, shape, batch), in_buckets(&sides.green, table, shape, batch))
                .await?;
        for key in blue.keys().chain(green.keys().filter(|key| !blue.contains_key(*key))) {
            look(key, content(&blue, key), content(&green, key));
        }
    }
    Ok(())
}

/// Rounds until every row is settled or proved different; what is left stays in `open`. Returns those that were settled because
/// neither side shows them.
async fn rounds(
    sides: &Sides,
    table: &Table,
    shape: &Shape,
    open: &mut BTreeSet<Key>,
    all: &mut Settled,
) -> Result<BTreeSet<Key>, Error> {
    let (mut against, mut gone) = (BTreeMap::<Key, u32>::new(), BTreeSet::new());
    for _ in 0..ROUNDS {
        if open.is_empty() {
            break;
        }
        let keys: Vec<Key> = open.iter().cloned().collect();
        let first = by_key(&sides.blue, table, shape, &keys).await?;
        marker(sides).await?;
        let green = by_key(&sides.green, table, shape, &keys).await?;
        let second = by_key(&sides.blue, table, shape, &keys).await?;
        for key in keys {
            let here = content(&green, &key);
            let times = against.entry(key.clone()).or_default();
            match judge(first.get(&key), here, second.get(&key)) {
                Judgement::Settled => {
                    open.remove(&key);
                    if here.is_none() {
                        gone.insert(key);
                    }
                }
                Judgement::Differs if *times + 1 >= PROOF => {
                    open.remove(&key);
                    all.different += 1;
                }
                Judgement::Differs => *times += 1,
                Judgement::OnItsWay => *times = 0,
            }
        }
    }
    Ok(gone)
}

/// What one round says of a key.
#[derive(Debug, PartialEq, Eq)]
enum Judgement {
    /// Green shows what blue showed.
    Settled,
    /// Blue kept the very same rows all the while, and green has others although it has everything from before.
    Differs,
    /// Blue changed it meanwhile.
    OnItsWay,
}

/// Blue before the marker, green behind it, blue after that.
fn judge(first: Option<&Kept>, green: Option<&Content>, second: Option<&Kept>) -> Judgement {
    let content = |kept: Option<&'_ Kept>| kept.map(|(content, _)| content.clone());
    if green.cloned() == content(first) || green.cloned() == content(second) {
        Judgement::Settled
    } else if first == second {
        Judgement::Differs
    } else {
        Judgement::OnItsWay
    }
}

fn content<'r>(rows: &'r Rows, key: &Key) -> Option<&'r Content> {
    rows.get(key).map(|(content, _)| content)
}

/// Key and hash of the rows in some buckets.
async fn in_buckets(side: &Client, table: &Table, shape: &Shape, buckets: &[i64]) -> Result<Rows, Error> {
    let sql = format!("{} WHERE {} = ANY ($1::bigint[]) GROUP BY 1", select(shape), shape.bucket());
    rows(&session::all(side, &format!("reading rows of {}", table.name), &sql, &[&buckets]).await?)
}

/// Key and hash of rows by key, through the index where there is one.
async fn by_key(side: &Client, table: &Table, shape: &Shape, keys: &[Key]) -> Result<Rows, Error> {
    let doing = format!("reading rows of {}", table.name);
    if shape.keys.is_empty() {
        let hashes: Vec<&String> = keys.iter().flatten().collect();
        let sql = format!("{} WHERE ({})::text = ANY ($1::text[]) GROUP BY 1", select(shape), shape.hash);
        return rows(&session::all(side, &doing, &sql, &[&hashes]).await?);
    }
    let columns: Vec<Vec<&str>> = (0..shape.keys.len())
        .map(|at| keys.iter().map(|key| key.get(at).map_or("", String::as_str)).collect())
        .collect();
    let (mut arrays, mut casts) = (Vec::new(), Vec::new());
    for (at, kind) in shape.types.iter().enumerate() {
        arrays.push(format!("${}::text[]", at + 1));
        casts.push(format!("k{at}::{kind}"));
    }
    let names = (0..shape.keys.len()).map(|at| format!("k{at}")).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "{} WHERE ({}) IN (SELECT {} FROM unnest({}) AS k ({names})) GROUP BY 1",
        select(shape),
        shape.keys.join(", "),
        casts.join(", "),
        arrays.join(", ")
    );
    let params: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> = columns.iter().map(|c| c as _).collect();
    rows(&session::all(side, &doing, &sql, &params).await?)
}

fn select(shape: &Shape) -> String {
    let key = if shape.keys.is_empty() {
        format!("({})::text", shape.hash)
    } else {
        shape.keys.iter().map(|key| format!("{key}::text")).collect::<Vec<_>>().join(", ")
    };
    format!(
        "SELECT ARRAY[{key}] AS key, count(*) AS rows, sum({})::text AS hash, pg_catalog.string_agg(pg_catalog.concat(ctid, '/', xmin), ' ' ORDER BY ctid) AS versions FROM ONLY {}",
        shape.hash, shape.rel
    )
}

fn rows(rows: &[tokio_postgres::Row]) -> Result<Rows, Error> {
    rows.iter()
        .map(|row| {
            let content = (session::column(row, "rows")?, session::column(row, "hash")?);
            Ok((session::column(row, "key")?, (content, session::column(row, "versions")?)))
        })
        .collect()
}

/// Writes a marker on blue and waits until green shows it: green then has everything that blue showed before. The operator
/// sweeps markers, ours too, so another one follows while none is seen; any of them will do.
async fn marker(sides: &Sides) -> Result<(), Error> {
    let (begun, mut nonces) = (Instant::now(), Vec::new());
    while begun.elapsed() < MARKER {
        let nonce = Uuid::new_v4();
        nonces.push(nonce);
        session::execute(&sides.blue, "writing a marker on blue", include_str!("../sql/compare_marker.sql"), &[&nonce])
            .await?;
        if seen(sides, &nonces).await? {
            let sql = include_str!("../sql/compare_unmark.sql");
            session::execute(&sides.blue, "removing markers on blue", sql, &[&nonces]).await?;
            return Ok(());
        }
    }
    Err(Error::transient(
        "StreamBehind",
        format!("markers of blue did not reach green within {} s; the comparison is tried again", MARKER.as_secs()),
    ))
}

async fn seen(sides: &Sides, nonces: &[Uuid]) -> Result<bool, Error> {
    let begun = Instant::now();
    while begun.elapsed() < AGAIN {
        let row = session::one(
            &sides.green,
            "waiting for a marker on green",
            include_str!("../sql/compare_seen.sql"),
            &[&nonces],
        )
        .await?;
        if session::column(&row, "seen")? {
            return Ok(true);
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(hash: &str, version: &str) -> Kept {
        ((1, hash.to_owned()), version.to_owned())
    }

    fn round(first: &Kept, green: &str, second: &Kept) -> Judgement {
        judge(Some(first), Some(&(1, green.to_owned())), Some(second))
    }

    #[test]
    fn only_rows_that_stood_still_differ() {
        let (old, new) = (kept("1", "(0,1)/7"), kept("2", "(0,2)/8"));
        assert_eq!(round(&old, "1", &new), Judgement::Settled);
        assert_eq!(round(&old, "2", &new), Judgement::Settled);
        assert_eq!(round(&old, "3", &new), Judgement::OnItsWay);
        assert_eq!(round(&old, "3", &old), Judgement::Differs);
        assert_eq!(judge(Some(&old), None, Some(&old)), Judgement::Differs);
        assert_eq!(judge(None, Some(&old.0), None), Judgement::Differs);
        assert_eq!(judge(None, None, None), Judgement::Settled);
    }

    /// 100, 99, 100 on blue: green was looked at while it showed 99, and nothing is wrong.
    #[test]
    fn a_value_that_went_and_came_back_did_not_stand_still() {
        let (before, after) = (kept("100", "(0,1)/7"), kept("100", "(0,3)/9"));
        assert_eq!(round(&before, "99", &after), Judgement::OnItsWay);
    }
}
