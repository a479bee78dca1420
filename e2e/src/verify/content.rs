//! Every shared table of both sides, compared by md5 of row text over the columns that both have.
use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result};
use tokio_postgres::Client;

use super::Verdict;
use crate::pg::{Target, told};

/// Adds what differs between the sides; tables in `skip` are left out.
pub(super) async fn compare(verdict: &mut Verdict, live: &Target, other: &Target, skip: &[&str]) -> Result<()> {
    let (here, there) = futures::try_join!(live.session(), other.session())?;
    for session in [&here, &there] {
        session.batch_execute("SET work_mem = '64MB'").await.map_err(told)?;
    }
    let (ours, theirs) = futures::try_join!(columns(&here), columns(&there))?;
    for name in theirs.keys().filter(|name| !ours.contains_key(*name)) {
        verdict.one_sided.push(format!("{name} (only on {})", other.place()));
    }
    for (name, mine) in &ours {
        let Some(his) = theirs.get(name) else {
            verdict.one_sided.push(format!("{name} (only on {})", live.place()));
            continue;
        };
        if skip.contains(&name.as_str()) {
            continue;
        }
        let shared: Vec<&str> = mine.iter().filter(|column| his.contains(column)).map(String::as_str).collect();
        table(verdict, &here, &there, name, &shared.join(", ")).await.with_context(|| format!("comparing {name}"))?;
    }
    Ok(())
}

async fn columns(session: &Client) -> Result<BTreeMap<String, Vec<String>>> {
    let rows = session.query(include_str!("sql/columns.sql"), &[]).await.map_err(told)?;
    Ok(rows.into_iter().map(|row| (row.get(0), row.get(1))).collect())
}

async fn table(verdict: &mut Verdict, here: &Client, there: &Client, name: &str, columns: &str) -> Result<()> {
    let hashes = format!("(SELECT md5(ROW({columns})::text) AS h FROM ONLY {name}) r");
    let buckets = format!("SELECT left(h, 2), count(*), md5(string_agg(h, '' ORDER BY h)) FROM {hashes} GROUP BY 1");
    let (ours, theirs) = futures::try_join!(digests(here, &buckets), digests(there, &buckets))?;
    verdict.compared.0 += 1;
    verdict.compared.1 += ours.values().map(|(count, _)| u64::try_from(*count).unwrap_or(0)).sum::<u64>();
    let mut differing: Vec<&String> =
        ours.keys().chain(theirs.keys()).filter(|b| ours.get(*b) != theirs.get(*b)).collect();
    if differing.is_empty() {
        return Ok(());
    }
    differing.sort();
    differing.dedup();
    let list = format!("SELECT h FROM {hashes} WHERE left(h, 2) = ANY ($1)");
    let wanted: [&(dyn tokio_postgres::types::ToSql + Sync); 1] = [&differing];
    let (ours, theirs) = futures::try_join!(here.query(&list, &wanted), there.query(&list, &wanted)).map_err(told)?;
    let mut balance: HashMap<String, i64> = HashMap::new();
    for row in ours {
        *balance.entry(row.get(0)).or_default() += 1;
    }
    for row in theirs {
        *balance.entry(row.get(0)).or_default() -= 1;
    }
    let surplus: i64 = balance.values().filter(|n| **n > 0).sum();
    let missing: i64 = -balance.values().filter(|n| **n < 0).sum::<i64>();
    verdict.divergent += usize::try_from(surplus.max(missing)).unwrap_or(usize::MAX);
    verdict.problem(format!("{name}: {surplus} rows only on the live side, {missing} only on the other"));
    Ok(())
}

async fn digests(session: &Client, sql: &str) -> Result<HashMap<String, (i64, String)>> {
    let rows = session.query(sql, &[]).await.map_err(told)?;
    Ok(rows.into_iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect())
}
